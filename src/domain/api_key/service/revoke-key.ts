import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import type { RevocationReason } from "../model.js";
import type { ChangedApiKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockKey } from "./lock-key.js";
import { recordedOf } from "./trail.js";

/**
 * Ends a key for good. Revoking again changes nothing, the first reason stands; but it too is in force everywhere when it
 * says so, whatever became of the call before.
 */
export async function revokeKey(
  { store, audit, propagation }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  reason: RevocationReason,
  comment: string,
  etag: string,
): Promise<ChangedApiKey> {
  const revoked = await propagation.run(async (tx) => {
    const before = await lockKey(store, tx, project, publicId, etag);
    const touched = { kind: "api_key", id: before.id } as const;
    if (before.revokedAt !== undefined) {
      return { result: before, touched };
    }
    const [after, trails] = await Promise.all([store.revoke(tx, before, reason), audit.lockTrails(tx, [project])]);
    const detail = comment === "" ? { reason } : { reason, comment };
    const revocation = { caller, project, action: "revoked", apiKey: after, detail } as const;
    return { result: after, touched, last: await audit.recordAllButLast(tx, [recordedOf(revocation)], trails) };
  });
  return { apiKey: revoked.result, propagation: revoked.propagation };
}
