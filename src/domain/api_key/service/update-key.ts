import { isDeepStrictEqual } from "node:util";
import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import { detailOfChanges } from "../audit-detail.js";
import { ApiKeyNameTakenError, NeverExpiresNotAllowedError } from "../errors.js";
import { type ApiKey, type ApiKeyChanges, isPutOff } from "../model.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { withEndThatLasts } from "./lasting-end.js";
import { lockKeyToRevive, lockUnrevokedKey } from "./lock-key.js";
import { recordedOf } from "./trail.js";

export async function updateKey(
  { store, waiting, tiers, ...services }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  asked: ApiKeyChanges,
  etag: string,
): Promise<ChangedApiKey> {
  if (asked.expiresAt === null && !project.allowNeverExpires) {
    throw new NeverExpiresNotAllowedError();
  }
  const lock = asked.expiresAt === undefined ? lockUnrevokedKey : lockKeyToRevive;
  return changeKey(services, async (tx) => {
    const before = await lock(store, tx, project, publicId, etag);
    await tiers.holdForUse(tx, asked.tier ?? "");
    const changes = withEndThatLasts(before, asked);
    if (changesPolicy(before, changes)) {
      const value = await waiting.find(tx, before);
      // One that is in force already stays: whoever has not claimed it will have no other.
      if (value !== undefined && isPutOff(before, value)) {
        await waiting.drop(tx, before);
      }
    }
    const apiKey = await store.update(tx, before, changes);
    if (apiKey === undefined) {
      throw new ApiKeyNameTakenError();
    }
    const detail = detailOfChanges(changes);
    return { apiKey, event: recordedOf({ caller, project, action: "updated", apiKey, detail }) };
  });
}

/** A value that was made by another policy does not wait under this one. */
function changesPolicy(before: ApiKey, { rotationPolicy }: ApiKeyChanges): boolean {
  return rotationPolicy !== undefined && !isDeepStrictEqual(rotationPolicy ?? undefined, before.rotationPolicy);
}
