import type { Executor } from "../../../platform/postgres/database.js";
import type { LockedTrails, RecordedChange } from "../../audit/service.js";
import type { Propagation } from "../../propagation/model.js";
import type { ApiKey } from "../model.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";

/** A key after a change, and from when the change is in force. */
export interface ChangedApiKey {
  readonly apiKey: ApiKey;
  readonly propagation: Propagation;
}

/** What came of a key within a transaction. */
export interface KeyOutcome {
  /** As it is afterwards. */
  readonly apiKey: ApiKey;
  /** What the trail is told; undefined: all was as wanted before. */
  readonly event?: RecordedChange;
  /** The trail of its project, where it is locked already. */
  readonly trails?: LockedTrails;
}

/**
 * Runs a change of a key as one transaction, whose last statement is its event, and waits until no instance remembers the key as it was.
 * Also when the change found all as wanted: whoever made it so may still be waiting.
 */
export async function changeKey(
  { audit, propagation }: Pick<ApiKeyServiceDependencies, "audit" | "propagation">,
  change: (tx: Executor) => Promise<KeyOutcome>,
): Promise<ChangedApiKey> {
  const changed = await propagation.run(async (tx) => {
    const { apiKey, event, trails } = await change(tx);
    const last = event && (await audit.recordAllButLast(tx, [event], trails));
    return { result: apiKey, touched: { kind: "api_key", id: apiKey.id }, last };
  });
  return { apiKey: changed.result, propagation: changed.propagation };
}
