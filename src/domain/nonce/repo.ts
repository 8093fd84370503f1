import { sql } from "kysely";
import type { NonceStore } from "./interface.js";

/**
 * How much longer than needed a nonce is kept. An insert that began in time finds the nonce that it repeats, as it ends
 * within the limit of statement time (30 s); the rest is for a database whose clock is set back.
 */
const keptLonger = sql`interval '5 minutes'`;

export const nonceRepo: NonceStore = {
  async insert(db, projectId, apiKeyId, nonce, acceptedUntil) {
    // On the primary key: of concurrent inserts of one nonce, on whichever instance, one returns a row.
    const row = await db
      .insertInto("altalune_nonces")
      .values({ project_id: projectId, api_key_id: apiKeyId, nonce, accepted_until: acceptedUntil })
      .onConflict((conflict) => conflict.columns(["project_id", "api_key_id", "nonce"]).doNothing())
      .returning(sql<Date>`altalune_now()`.as("now"))
      .executeTakeFirst();
    return row?.now;
  },

  async deleteSome(db, limit) {
    // On the index on accepted_until. Rows that another instance is deleting are left to it.
    const { numAffectedRows } = await sql`
      delete from altalune_nonces
      where (project_id, api_key_id, nonce) in (
        select project_id, api_key_id, nonce from altalune_nonces
        where accepted_until < altalune_now() - ${keptLonger}
        order by accepted_until
        limit ${limit}
        for update skip locked
      )
    `.execute(db);
    return Number(numAffectedRows ?? 0n);
  },
};
