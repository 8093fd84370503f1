import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { type UsageCode, usageCodeNumbers } from "../../../src/domain/usage/model.js";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import { newApiKey } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { eventsOf } from "../exposure/trail.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface TestKey {
  readonly projectId: string;
  readonly id: string;
  readonly value: string;
}

export async function newKeyOf(
  { clients }: Pick<TestInstance, "clients">,
  projectId: string,
  settings: Parameters<typeof newApiKey>[2] = {},
): Promise<TestKey> {
  return { projectId, ...(await newApiKey(clients, projectId, settings)) };
}

/** Verifies a key so many times, in one batch, by way of an instance. */
export async function use(
  { clients }: Pick<TestInstance, "clients">,
  { value }: TestKey,
  times: number,
  more: { readonly sourceIp?: string; readonly userAgent?: string; readonly requiredScopes?: string[] } = {},
) {
  const requests = Array.from({ length: times }, () => ({ key: value, ...more }));
  return (await clients.verification.batchVerifyApiKeys({ requests })).responses.map(({ code }) => code);
}

/** Writes what every instance has counted, and waits until all that gives reason to was looked at. */
export async function looked(instances: readonly TestInstance[]): Promise<void> {
  for (const { services } of instances) {
    await services.usage.flush();
    await services.oddUse.flush();
  }
  await Promise.all(instances.map(({ services }) => services.oddUse.look()));
  const [first] = instances;
  for (let waited = 0; waited < 20_000; waited += 20) {
    const left = await first?.db.selectFrom("altalune_odd_use_looks").select("id").execute();
    if (left?.length === 0) {
      return;
    }
    await sleep(20);
  }
  throw new Error("there are keys that nobody looks at");
}

/** What the trail tells of odd use, the newest first. */
export async function signalsOf(instance: TestInstance, projectId: string) {
  return (await eventsOf(instance, projectId, "api_key.suspicious")).map(({ actor, resourceId, detail }) => ({
    actor,
    resourceId,
    ...(detail as Record<string, unknown>),
  }));
}

/** Lets all that is known of where keys were used from be some days older. */
export async function ageSources({ db }: TestInstance, days: number): Promise<void> {
  await sql`
    update altalune_api_key_sources set
      day = day - ${days}::integer, first_at = first_at - make_interval(days => ${days}), last_at = last_at - make_interval(days => ${days})
  `.execute(db);
}

let sequence = 0n;
/** Usage of an hour so many hours ago. */
export async function usedBefore(
  { db }: TestInstance,
  { id }: TestKey,
  hoursAgo: number,
  verifications: number,
  code: UsageCode = "valid",
): Promise<void> {
  const key = await db
    .selectFrom("altalune_project_api_keys")
    .select(["project_id", "id"])
    .where("public_id", "=", id)
    .executeTakeFirstOrThrow();
  await usageRepo.add(db, "a test", {
    sequence: ++sequence,
    hour: new Date((Math.floor(Date.now() / hourMs) - hoursAgo) * hourMs),
    projectIds: [key.project_id],
    apiKeyIds: [key.id],
    codes: [usageCodeNumbers[code]],
    verifications: [verifications],
    lastUsedMs: [0],
  });
}

export const hoursOfWeek = 7 * (dayMs / hourMs);

/** What is counted by the hour is not to be parted by one that ends. */
export async function earlyInHour(): Promise<void> {
  const left = hourMs - (Date.now() % hourMs);
  if (left < 15_000) {
    await sleep(left);
  }
}
