import { createHash } from "node:crypto";
import type { Executor } from "../../../platform/postgres/database.js";
import type { Author } from "../../caller.js";
import type { ExposurePolicy, Project } from "../../project/model.js";
import type { ApiKeyStore } from "../interface.js";
import { type ApiKey, standingOf } from "../model.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockKey } from "./lock-key.js";
import { auditActionOf, type KeyChange, recordKeyActions } from "./trail.js";

/** Where the value of a key was found. */
export interface Exposure {
  /** SHA-256 of the value. */
  readonly digest: Buffer;
  /** What has found it; empty: not said. */
  readonly source: string;
  /** Where; empty: not said. */
  readonly url: string;
}

export interface ExposedApiKey extends ChangedApiKey {
  /** By what the key was treated. */
  readonly policy: ExposurePolicy;
}

/**
 * Writes down that the value of a key was found where others can read it, and does with the key what its project's policy says. What
 * was reported before, and treated by the same policy, changes nothing: who has switched the key on again since has decided so.
 */
export async function exposeKey(
  { store, audit, propagation }: ApiKeyServiceDependencies,
  author: Author,
  project: Project,
  publicId: string,
  { digest, source, url }: Exposure,
): Promise<ExposedApiKey> {
  let policy = project.exposurePolicy;
  const changed = await changeKey(propagation, async (tx) => {
    const before = await lockKey(store, tx, project, publicId, "");
    const value = standingOf(before, digest);
    if (value === "ended") {
      policy = "notify";
    }
    const report = reportOf(digest, policy, source, url);
    const exposed: KeyChange = {
      caller: author,
      project,
      action: "exposed",
      apiKey: before,
      detail: { source, url, value, policy, report },
    };
    if (await audit.has(tx, project, auditActionOf(project, "exposed"), publicId, { report })) {
      return before;
    }
    const treated = await treat(store, tx, before, policy);
    await recordKeyActions(audit, tx, [exposed, ...(treated === undefined ? [] : [{ ...exposed, ...treated }])]);
    return treated?.apiKey ?? before;
  });
  return { ...changed, policy };
}

/** Does what the policy says, where it is not so already. @returns undefined: nothing was to be done */
async function treat(
  store: ApiKeyStore,
  tx: Executor,
  apiKey: ApiKey,
  policy: ExposurePolicy,
): Promise<Pick<KeyChange, "action" | "apiKey" | "detail"> | undefined> {
  if (apiKey.revokedAt !== undefined || policy === "notify") {
    return undefined;
  }
  if (policy === "revoke") {
    const reason = "key_compromised";
    return { action: "revoked", apiKey: await store.revoke(tx, apiKey, reason), detail: { reason } };
  }
  return apiKey.active
    ? { action: "deactivated", apiKey: await store.setActive(tx, apiKey, false), detail: {} }
    : undefined;
}

/** What tells a report from others, and shows nothing of the value. */
function reportOf(digest: Buffer, ...rest: readonly string[]): string {
  return createHash("sha256").update(digest).update(JSON.stringify(rest)).digest("hex").slice(0, 16);
}
