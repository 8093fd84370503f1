import { type Kysely, sql } from "kysely";
import { type UsageBatch, usageCodeNumbers } from "../../../src/domain/usage/model.js";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import type { Database } from "../../../src/platform/postgres/database.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";

export const hourMs = 3_600_000;
export const noon = Date.UTC(2030, 5, 15, 12);
export const { valid, revoked } = usageCodeNumbers;

/** A key by its internal ids. */
export interface KeyIds {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

/** A new key of a new project. */
export async function newKey({ clients, db }: TestInstance): Promise<KeyIds> {
  const { id } = await newApiKey(clients, await newProject(clients));
  return db
    .selectFrom("altalune_project_api_keys")
    .select(["project_id as projectId", "id as apiKeyId"])
    .where("public_id", "=", id)
    .executeTakeFirstOrThrow();
}

/** One verification of each of these codes by each of these keys, all of them at the start of an hour. */
export function batchOf(
  key: KeyIds,
  sequence: bigint,
  hour: number,
  codes: readonly number[],
  apiKeyIds = [key.apiKeyId],
): UsageBatch {
  const rows = apiKeyIds.flatMap((apiKeyId) => codes.map((code) => ({ apiKeyId, code })));
  return {
    sequence,
    hour: new Date(hour),
    projectIds: rows.map(() => key.projectId),
    apiKeyIds: rows.map(({ apiKeyId }) => apiKeyId),
    codes: rows.map(({ code }) => code),
    verifications: rows.map(() => 1),
    lastUsedMs: rows.map(({ code }) => (code === valid ? hour : 0)),
  };
}

/** What is told of the day around noon: each hour, and the counts of its codes. */
export async function countsOf(db: Kysely<Database>, projectId: bigint, apiKeyId?: bigint) {
  const [from, until] = [new Date(noon - 24 * hourMs), new Date(noon + 24 * hourMs)];
  const buckets = await usageRepo.buckets(db, projectId, apiKeyId, from, until, "hour");
  return buckets.map(({ start, counts }) => [start.getTime(), ...counts]);
}

/** What is in the journal has been there for long enough to be added up. */
export async function growOld(db: Kysely<Database>): Promise<void> {
  await sql`update altalune_usage_journal set written_at = altalune_now() - interval '31 seconds'`.execute(db);
}

/** How many entries the journal has. */
export async function kept(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ entries: number }>`
    select count(*)::integer as entries from altalune_usage_journal
  `.execute(db);
  return rows[0]?.entries ?? Number.NaN;
}

export async function lastUsedAt(db: Kysely<Database>, { projectId, apiKeyId }: KeyIds): Promise<Date | undefined> {
  const row = await db
    .selectFrom("altalune_api_key_activity")
    .select("last_used_at")
    .where("project_id", "=", projectId)
    .where("api_key_id", "=", apiKeyId)
    .executeTakeFirst();
  return row?.last_used_at ?? undefined;
}
