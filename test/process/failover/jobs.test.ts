import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";
import { openUnmigrated } from "../../../src/platform/postgres/open.js";
import { createTestDatabase } from "../../support/database.js";
import { startTestInstance } from "../../support/instance.js";

/** What only jobs read without being asked. */
const tables = ["altalune_usage_journal", "altalune_nonces", "altalune_api_key_activity", "altalune_project_api_keys"];
const jobs = 2;
const rootKey = "root-key-of-the-environment-for-jobs";

test("jobs that all wait for the database hold no more connections than their part", async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const other = openUnmigrated(database.url, createLogger("silent"));
  onTestFinished(() => other.destroy());
  // Not in the transaction, which sees others as they were at its first look.
  const looking = openUnmigrated(database.url, createLogger("silent"));
  onTestFinished(() => looking.destroy());
  await other.transaction().execute(async (tx) => {
    for (const table of tables) {
      await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(tx);
    }
    const altalune = await startTestInstance({
      beside: { databaseUrl: database.url, masterKey: Buffer.alloc(32, "j").toString("base64"), rootKey },
      env: { ALTALUNE_ROOT_KEY: rootKey },
    });
    onTestFinished(() => altalune.stop());
    const waiting = async () => {
      const { rows } = await sql`
        select from pg_stat_activity
        where datname = current_database() and application_name = 'altalune' and wait_event_type = 'Lock'
      `.execute(looking);
      return rows.length;
    };
    await expect.poll(waiting, { timeout: 8_000 }).toBe(jobs);
    for (let looked = 0; looked < 15; looked++) {
      expect(await waiting()).toBeLessThanOrEqual(jobs);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
}, 60_000);
