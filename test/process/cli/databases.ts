import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { createTestDatabase } from "../../support/database.js";
import { waitsForLock } from "../../support/locks.js";
import { urlOfDatabase, withServer } from "../../support/run-databases.js";
import type { Environment } from "./command.js";

/** The environment of a service on a database of the test's own, which has the schema. */
export async function ownDatabase(): Promise<Environment & { readonly DATABASE_URL: string }> {
  const { url } = await createTestDatabase();
  return { DATABASE_URL: url, ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64") };
}

/** The same with nothing in the database, made with these options. */
export async function emptyDatabase(options = ""): Promise<Environment & { readonly DATABASE_URL: string }> {
  const serverUrl = inject("testServerUrl");
  const name = `${inject("runName")}_${randomBytes(5).toString("hex")}`;
  await withServer(serverUrl, (client) => client.query(`create database ${client.escapeIdentifier(name)} ${options}`));
  return { DATABASE_URL: urlOfDatabase(serverUrl, name), ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64") };
}

/** Runs a statement in a database. */
export async function query<Row extends object>({ DATABASE_URL }: Environment, statement: string): Promise<Row[]> {
  return withServer(DATABASE_URL ?? "", async (client) => (await client.query<Row>(statement)).rows);
}

/** How many statements in a database wait for a lock. */
export async function lockWaits(environment: Environment): Promise<number> {
  return (await query(environment, `select from pg_stat_activity where ${waitsForLock}`)).length;
}
