import type { Executor } from "../../../platform/postgres/database.js";
import { systemCaller } from "../../caller.js";
import type { Signal } from "../../odd_use/model.js";
import type { Project } from "../../project/model.js";
import type { ApiKey } from "../model.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { type KeyChange, recordKeyActions } from "./trail.js";

/** A key whose use was found to be odd. */
export interface OddlyUsed extends Signal {
  readonly apiKeyPublicId: string;
  /** When the UTC hour starts of which the use is. */
  readonly hour: Date;
}

/**
 * Writes down what is odd about the use of a project's keys, and does with the keys what the project's policy says. It is part of the
 * transaction that has found it, and its last part: it locks the keys, and then the trail's head.
 *
 * @returns the keys that it switches off
 */
export async function suspectKeys(
  { store, audit }: Pick<ApiKeyServiceDependencies, "store" | "audit">,
  tx: Executor,
  project: Project,
  used: readonly OddlyUsed[],
): Promise<readonly ApiKey[]> {
  const ids = [...new Set(used.map(({ apiKeyPublicId }) => apiKeyPublicId))];
  const locked = await store.lockAll(tx, project.id, ids);
  const policy = project.suspiciousPolicy;
  const live = locked.filter(({ active, revokedAt }) => active && revokedAt === undefined);
  const off =
    policy === "deactivate" && live.length > 0
      ? await store.deactivateAll(
          tx,
          project.id,
          live.map(({ id }) => id),
        )
      : [];
  const changes = locked.flatMap((apiKey): readonly KeyChange[] => {
    const of = { caller: systemCaller, project, apiKey };
    const odd = used
      .filter(({ apiKeyPublicId }) => apiKeyPublicId === apiKey.publicId)
      .map(
        ({ kind, hour, figures }): KeyChange => ({
          ...of,
          action: "suspicious",
          detail: { kind, hour: hour.toISOString(), ...figures, policy: apiKey.revokedAt ? "notify" : policy },
        }),
      );
    const after = off.find(({ id }) => id === apiKey.id);
    return after === undefined ? odd : [...odd, { ...of, apiKey: after, action: "deactivated", detail: {} }];
  });
  await recordKeyActions(audit, tx, changes);
  return off;
}
