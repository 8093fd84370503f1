import { pino } from "pino";
import { migrateUp } from "../../src/platform/postgres/migrator.js";
import { openUnmigrated } from "../../src/platform/postgres/open.js";

/** Brings the template that every test's database is copied from to the schema. */
export async function prepareTemplate(url: string): Promise<void> {
  const db = openUnmigrated(url, pino({ level: "silent" }));
  try {
    await migrateUp(db);
  } finally {
    await db.destroy();
  }
}
