import { pipelined } from "../../../platform/postgres/pipelined.js";
import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import type { RevocationReason } from "../model.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockKey } from "./lock-key.js";
import { recordKeyAction } from "./trail.js";

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
  return changeKey(propagation, async (tx, announce) => {
    const before = await lockKey(store, tx, project, publicId, etag);
    if (before.revokedAt !== undefined) {
      return before;
    }
    const [after, trails] = await pipelined(tx, (tx) =>
      Promise.all([store.revoke(tx, before, reason), audit.lockTrails(tx, [project])]),
    );
    const detail = comment === "" ? { reason } : { reason, comment };
    // Others who revoke keys of the project wait for each round trip from here on.
    await pipelined(tx, (tx) =>
      Promise.all([
        recordKeyAction(audit, tx, caller, project, "revoked", after, detail, trails),
        announce(tx, { kind: "api_key", id: after.id }),
      ]),
    );
    return after;
  });
}
