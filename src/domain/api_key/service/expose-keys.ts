import { createHash } from "node:crypto";
import type { Executor } from "../../../platform/postgres/database.js";
import type { Author } from "../../caller.js";
import type { ExposurePolicy, Project } from "../../project/model.js";
import type { Subject } from "../../propagation/model.js";
import type { ApiKeyStore } from "../interface.js";
import { type ApiKey, standingOf } from "../model.js";
import type { ChangedApiKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { auditActionOf, type KeyChange, recordKeyActions } from "./trail.js";

/** A key whose value was found where others can read it. */
export interface ExposedValue {
  readonly apiKeyPublicId: string;
  readonly author: Author;
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

type Treated = Pick<ExposedApiKey, "apiKey" | "policy">;

/**
 * Writes down that values of a project's keys were found where others can read them, and does with the keys what the project's
 * policy says, all in one transaction. What was reported before, and treated by the same policy, changes nothing: who has switched the
 * key on again since has decided so.
 *
 * @returns the keys that are still there
 */
export async function exposeKeys(
  { store, audit, propagation }: ApiKeyServiceDependencies,
  project: Project,
  values: readonly ExposedValue[],
): Promise<readonly ExposedApiKey[]> {
  const changed = await propagation.run(async (tx) => {
    const treated: Treated[] = [];
    const changes: KeyChange[] = [];
    const reports = new Set<string>();
    // In one order, so that two such transactions do not wait for each other.
    for (const value of values.toSorted(byKey)) {
      const before = await store.lock(tx, project.id, value.apiKeyPublicId);
      if (before === undefined) {
        continue;
      }
      const exposed = exposureOf(project, before, value);
      const { policy, report } = exposed.detail;
      const isKnown =
        reports.has(report) ||
        (await audit.has(tx, project, auditActionOf(project, "exposed"), before.publicId, { report }));
      reports.add(report);
      const after = isKnown ? undefined : await treat(store, tx, before, policy);
      changes.push(...(isKnown ? [] : [exposed]), ...(after === undefined ? [] : [{ ...exposed, ...after }]));
      treated.push({ apiKey: after?.apiKey ?? before, policy });
    }
    await recordKeyActions(audit, tx, changes);
    return { result: treated, touched: touchedBy(project, treated) };
  });
  return changed.result.map((one) => ({ ...one, propagation: changed.propagation }));
}

function exposureOf(project: Project, apiKey: ApiKey, { author, digest, source, url }: ExposedValue) {
  const value = standingOf(apiKey, digest);
  const policy = value === "ended" ? "notify" : project.exposurePolicy;
  // Tells a report from others, and shows nothing of the value.
  const told = JSON.stringify([policy, source, url]);
  const report = createHash("sha256").update(digest).update(told).digest("hex").slice(0, 16);
  return {
    caller: author,
    project,
    action: "exposed",
    apiKey,
    detail: { source, url, value, policy, report },
  } as const;
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

/** Of several keys, instances forget all that they know of the project: that is one notice, and seldom. */
function touchedBy(project: Project, treated: readonly Treated[]): Subject {
  const [first, ...others] = new Set(treated.map(({ apiKey }) => apiKey.id));
  return first !== undefined && others.length === 0
    ? { kind: "api_key", id: first }
    : { kind: "project", id: project.id };
}

function byKey(a: ExposedValue, b: ExposedValue): number {
  return a.apiKeyPublicId < b.apiKeyPublicId ? -1 : Number(a.apiKeyPublicId > b.apiKeyPublicId);
}
