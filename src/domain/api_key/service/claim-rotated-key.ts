import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import { RotatedKeyNotFoundError } from "../errors.js";
import type { WaitingValue } from "../interface.js";
import { type ApiKey, endOfGrace, hasExpired, isPutOff } from "../model.js";
import { openRotatedValue } from "../rotated-value.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockUnrevokedKey } from "./lock-key.js";
import { recordedOf } from "./trail.js";

export interface ClaimedApiKey extends ChangedApiKey {
  readonly keyValue: string;
  /** When the value before ends. */
  readonly previousExpiresAt: Date;
}

/**
 * Tells the value that the service has given a key by itself. Where the switch was put off, the value is in force from now on, and
 * the grace of the one before begins: who claims at the same time waits for the key's row, and is told the same value.
 *
 * @throws RotatedKeyNotFoundError
 */
export async function claimRotatedKey(
  { store, waiting, masterKey, ...services }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
): Promise<ClaimedApiKey> {
  let keyValue = "";
  const changed = await changeKey(services, async (tx) => {
    const before = await lockUnrevokedKey(store, tx, project, publicId, "");
    const value = await waiting.find(tx, before);
    if (value === undefined || isOver(before, value)) {
      throw new RotatedKeyNotFoundError();
    }
    const owner = { projectPublicId: project.publicId, apiKeyPublicId: publicId };
    keyValue = openRotatedValue(masterKey, owner, value.sealed).toString();
    const switches = isPutOff(before, value);
    const apiKey = switches
      ? await store.rotate(tx, before, {
          ...value,
          previousExpiresAt: endOfGrace(before, before.rotationPolicy?.graceMs ?? 0),
          expiresAt: undefined,
          waits: true,
        })
      : before;
    await waiting.noteClaim(tx, before);
    const detail = {
      key_prefix: value.displayPrefix,
      in_force: switches ? "from now on" : "before",
      previous_value_until: apiKey.previousExpiresAt?.toISOString(),
    };
    return { apiKey, event: recordedOf({ caller, project, action: "claimed", apiKey, detail }) };
  });
  const { previousExpiresAt, observedAt } = changed.apiKey;
  return { ...changed, keyValue, previousExpiresAt: previousExpiresAt ?? observedAt };
}

/** The key has expired, or the grace is over in which the value could be claimed. */
function isOver(apiKey: ApiKey, value: WaitingValue): boolean {
  const { expiresAt, previousExpiresAt, observedAt } = apiKey;
  return hasExpired(expiresAt, observedAt) || (!isPutOff(apiKey, value) && hasExpired(previousExpiresAt, observedAt));
}
