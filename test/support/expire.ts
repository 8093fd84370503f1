import { type Kysely, sql } from "kysely";
import type { Database } from "../../src/platform/postgres/database.js";

/** Lets a key expire a second ago, behind the server's back. */
export async function expireKey(db: Kysely<Database>, apiKeyId: string): Promise<void> {
  await db
    .updateTable("altalune_project_api_keys")
    .set({ expires_at: sql`altalune_now() - interval '1 second'` })
    .where("public_id", "=", apiKeyId)
    .execute();
}
