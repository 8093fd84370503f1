import { sql } from "kysely";
import { deleteSome } from "../../platform/postgres/delete-some.js";
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
    return deleteSome(db, {
      table: "altalune_nonces",
      key: ["project_id", "api_key_id", "nonce"],
      where: sql`accepted_until < altalune_now() - ${keptLonger}`,
      orderBy: ["accepted_until"],
      limit,
    });
  },
};
