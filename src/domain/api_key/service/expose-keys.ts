import { createHash } from "node:crypto";
import type { Executor } from "../../../platform/postgres/database.js";
import type { Author } from "../../caller.js";
import type { ExposurePolicy, Project } from "../../project/model.js";
import { touchedBy } from "../../propagation/model.js";
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
 * policy says, all in one transaction, by as many statements for many as for one. What was reported before, and treated by the same
 * policy, changes nothing: who has switched the key on again since has decided so.
 *
 * @returns the keys that are still there
 */
export async function exposeKeys(
  { store, audit, propagation }: ApiKeyServiceDependencies,
  project: Project,
  values: readonly ExposedValue[],
): Promise<readonly ExposedApiKey[]> {
  const changed = await propagation.run(async (tx) => {
    const ids = [...new Set(values.map(({ apiKeyPublicId }) => apiKeyPublicId))];
    const locked = new Map((await store.lockAll(tx, project.id, ids)).map((apiKey) => [apiKey.publicId, apiKey]));
    const exposures = values.flatMap((value) => {
      const apiKey = locked.get(value.apiKeyPublicId);
      return apiKey === undefined ? [] : [exposureOf(project, apiKey, value)];
    });
    const reports = [...new Map(exposures.map((exposure) => [exposure.detail.report, exposure])).values()];
    const known = await audit.valuesIn(tx, project, {
      action: auditActionOf(project, "exposed"),
      resourceIds: ids,
      name: "report",
      values: reports.map(({ detail }) => detail.report),
    });
    const news = reports.filter(({ detail }) => !known.has(detail.report));
    const treated = await treat(store, tx, project, news);
    await recordKeyActions(audit, tx, changesOf(news, treated));
    const result = exposures.map(
      ({ apiKey, detail: { policy } }): Treated => ({ apiKey: treated.get(apiKey.id)?.apiKey ?? apiKey, policy }),
    );
    return {
      result,
      touched: touchedBy(
        project,
        result.map(({ apiKey }) => apiKey.id),
      ),
    };
  });
  return changed.result.map((one) => ({ ...one, propagation: changed.propagation }));
}

type Exposure = ReturnType<typeof exposureOf>;

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

/** Does what the policy says with the keys with which that was not done yet. @returns what became of each, by the keys' ids */
async function treat(
  store: ApiKeyStore,
  tx: Executor,
  { id: projectId, exposurePolicy }: Project,
  exposures: readonly Exposure[],
): Promise<ReadonlyMap<bigint, Pick<KeyChange, "action" | "apiKey" | "detail">>> {
  const live = exposures.filter(
    ({ apiKey, detail: { policy } }) => apiKey.revokedAt === undefined && policy !== "notify",
  );
  const left = live.filter(({ apiKey }) => exposurePolicy === "revoke" || apiKey.active);
  const ids = [...new Set(left.map(({ apiKey }) => apiKey.id))];
  if (ids.length === 0) {
    return new Map();
  }
  const reason = "key_compromised";
  const done =
    exposurePolicy === "revoke"
      ? ({ action: "revoked", detail: { reason } } as const)
      : ({ action: "deactivated", detail: {} } as const);
  const apiKeys = await (exposurePolicy === "revoke"
    ? store.revokeAll(tx, projectId, ids, reason)
    : store.deactivateAll(tx, projectId, ids));
  return new Map(apiKeys.map((apiKey) => [apiKey.id, { ...done, apiKey }]));
}

/** What the trail says: of each key that it was exposed, and after the first report for which something was done, what that was. */
function changesOf(
  exposures: readonly Exposure[],
  treated: ReadonlyMap<bigint, Pick<KeyChange, "action" | "apiKey" | "detail">>,
): readonly KeyChange[] {
  const told = new Set<bigint>();
  return exposures.flatMap((exposure): readonly KeyChange[] => {
    const { id } = exposure.apiKey;
    const done = exposure.detail.policy === "notify" || told.has(id) ? undefined : treated.get(id);
    if (done === undefined) {
      return [exposure];
    }
    told.add(id);
    return [exposure, { ...exposure, ...done }];
  });
}
