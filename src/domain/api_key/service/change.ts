import type { Executor } from "../../../platform/postgres/database.js";
import type { Propagation } from "../../propagation/model.js";
import type { PropagationService } from "../../propagation/service.js";
import type { ApiKey } from "../model.js";

/** A key after a change, and from when the change is in force. */
export interface ChangedApiKey {
  readonly apiKey: ApiKey;
  readonly propagation: Propagation;
}

/**
 * Runs a change of a key as one transaction, and waits until no instance remembers the key as it was. Also when the change
 * found all as wanted: whoever made it so may still be waiting.
 *
 * @param change returns the key as it is afterwards
 */
export async function changeKey(
  propagation: PropagationService,
  change: (tx: Executor) => Promise<ApiKey>,
): Promise<ChangedApiKey> {
  const changed = await propagation.run(async (tx) => {
    const apiKey = await change(tx);
    return { result: apiKey, touched: { kind: "api_key", id: apiKey.id } };
  });
  return { apiKey: changed.result, propagation: changed.propagation };
}
