import type { Executor } from "../../../platform/postgres/database.js";
import { systemCaller } from "../../caller.js";
import { type RotationPolicy, reminderAfterMs, renewedEnd } from "../../rotation/model.js";
import type { DueKey } from "../interface.js";
import { type ApiKey, endOfGrace, hasExpired, isPutOff } from "../model.js";
import { sealRotatedValue } from "../rotated-value.js";
import { digestOf, displayForm, newSecret } from "../secret-format.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { recordKeyActions } from "./trail.js";

/**
 * Rotates a key that is due, in one transaction, unless it is not any more, or another has it. The new value waits, sealed. Where
 * the policy keeps the value before until the new one is claimed, the key itself goes on as it is.
 *
 * A key that is to be renewed while a value waits, or while the grace of a rotation runs, is given more time alone: another value
 * would end one that somebody still uses.
 */
export async function rotateDueKey(dependencies: ApiKeyServiceDependencies, due: DueKey): Promise<void> {
  const { db, waiting, propagation } = dependencies;
  // Mostly another instance was first, or nothing changes that verification remembers: then there is nothing to announce.
  const announced = await db.transaction().execute(async (tx) => {
    const before = await waiting.lockDue(tx, due);
    const policy = before?.rotationPolicy;
    if (before === undefined || policy === undefined || changesVerdicts(before, policy)) {
      return before;
    }
    await rotate(dependencies, tx, due, before, policy);
    return undefined;
  });
  if (announced === undefined) {
    return;
  }
  await propagation.run(async (tx) => {
    const before = await waiting.lockDue(tx, due);
    if (before?.rotationPolicy !== undefined) {
      await rotate(dependencies, tx, due, before, before.rotationPolicy);
    }
    return { result: undefined, touched: { kind: "api_key", id: announced.id } };
  });
}

function changesVerdicts(before: ApiKey, policy: RotationPolicy): boolean {
  return policy.unclaimed === "end" || renewedEnd(before, policy, before.observedAt) !== undefined;
}

async function rotate(
  dependencies: ApiKeyServiceDependencies,
  tx: Executor,
  { project, publicId }: DueKey,
  before: ApiKey,
  policy: RotationPolicy,
): Promise<void> {
  const { store, waiting, audit, masterKey } = dependencies;
  const expiresAt = renewedEnd(before, policy, before.observedAt);
  if (await isStillNeeded(dependencies, tx, before)) {
    if (expiresAt === undefined) {
      await store.reschedule(tx, before);
      return;
    }
    const after = await store.update(tx, before, { expiresAt });
    if (after !== undefined) {
      const detail = { expiration: expiresAt.toISOString(), renewed: true };
      await recordKeyActions(audit, tx, [{ caller: systemCaller, project, action: "updated", apiKey: after, detail }]);
    }
    return;
  }
  const keyValue = newSecret(project.keyPrefix);
  const owner = { projectPublicId: project.publicId, apiKeyPublicId: publicId };
  const value = {
    digest: digestOf(keyValue),
    displayPrefix: displayForm(keyValue, project.keyPrefix),
    sealed: sealRotatedValue(masterKey, owner, Buffer.from(keyValue)),
  };
  const previousExpiresAt = endOfGrace(before, policy.graceMs, expiresAt);
  const claimableUntil = policy.unclaimed === "end" ? previousExpiresAt : (expiresAt ?? before.expiresAt);
  const claimableMs = claimableUntil === undefined ? Infinity : claimableUntil.getTime() - before.observedAt.getTime();
  await waiting.put(tx, before, value, reminderAfterMs(policy, claimableMs));
  const after =
    policy.unclaimed === "end"
      ? await store.rotate(tx, before, {
          ...value,
          previousExpiresAt,
          expiresAt,
          waits: true,
        })
      : expiresAt === undefined
        ? await store.reschedule(tx, before)
        : await store.update(tx, before, { expiresAt });
  const detail = {
    grace_seconds: policy.graceMs / 1000,
    expiration: expiresAt?.toISOString(),
    key_prefix: value.displayPrefix,
    waits_to_be_claimed: true,
    in_force: policy.unclaimed === "end" ? "from now on" : "once claimed",
  };
  const rotation = { caller: systemCaller, project, action: "rotated", apiKey: after ?? before, detail } as const;
  await recordKeyActions(audit, tx, [rotation]);
}

/** Whether the value before the current one, or the current one, is still needed by who has not claimed the next. */
async function isStillNeeded({ waiting }: ApiKeyServiceDependencies, tx: Executor, apiKey: ApiKey): Promise<boolean> {
  const { previousExpiresAt, observedAt } = apiKey;
  if (previousExpiresAt !== undefined && !hasExpired(previousExpiresAt, observedAt)) {
    return true;
  }
  const value = await waiting.find(tx, apiKey);
  return value !== undefined && isPutOff(apiKey, value);
}
