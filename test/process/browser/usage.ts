import { expect } from "vitest";
import { usageCodeNumbers } from "../../../src/domain/usage/model.js";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import { usageOf } from "../../rules/usage/expected-counts.js";
import { batchOf, hourMs } from "../../rules/usage/journal.js";
import type { TestInstance } from "../../support/instance.js";

export const codes = usageCodeNumbers;

let batches = 0n;

/** Writes what a key was used some hours ago, as an instance would have then: so many verifications with each of these codes. */
export async function used(
  { db }: TestInstance,
  apiKeyId: string,
  hoursAgo: number,
  times: number,
  ...withCodes: readonly number[]
): Promise<void> {
  const key = await db
    .selectFrom("altalune_project_api_keys")
    .select(["project_id as projectId", "id as apiKeyId"])
    .where("public_id", "=", apiKeyId)
    .executeTakeFirstOrThrow();
  const hour = Math.floor(Date.now() / hourMs - hoursAgo) * hourMs;
  batches += 1n;
  const batch = batchOf(key, batches, hour, withCodes);
  await usageRepo.add(db, `usage of ${process.pid}`, { ...batch, verifications: withCodes.map(() => times) });
}

/** Waits until it is in the database that the keys of a project were verified so many times. */
export async function counted({ clients }: TestInstance, projectId: string, times: number): Promise<void> {
  const total = async () =>
    Number([...(await usageOf(clients, projectId)).values()].reduce((sum, one) => sum + one, 0n));
  await expect.poll(total).toBe(times);
}
