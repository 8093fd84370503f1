import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import type { RevocationReason } from "../model.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockKey } from "./lock-key.js";
import { recordedOf } from "./trail.js";

/**
 * Ends a key for good. Revoking again changes nothing, the first reason stands; but it too is in force everywhere when it
 * says so, whatever became of the call before.
 */
export async function revokeKey(
  { store, ...services }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  reason: RevocationReason,
  comment: string,
  etag: string,
): Promise<ChangedApiKey> {
  return changeKey(services, async (tx) => {
    const before = await lockKey(store, tx, project, publicId, etag);
    if (before.revokedAt !== undefined) {
      return { apiKey: before };
    }
    const [apiKey, trails] = await Promise.all([
      store.revoke(tx, before, reason),
      services.audit.lockTrails(tx, [project]),
    ]);
    const detail = comment === "" ? { reason } : { reason, comment };
    return { apiKey, event: recordedOf({ caller, project, action: "revoked", apiKey, detail }), trails };
  });
}
