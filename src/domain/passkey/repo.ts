import { type Selectable, sql } from "kysely";
import { after } from "../../platform/postgres/after.js";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import type { UserPasskeysTable } from "../../platform/postgres/tables/passkeys.js";
import type { PasskeyStore, StoredPasskey } from "./interface.js";

/** How much longer than needed a used challenge is kept: for a statement that began in time, and a clock that is set back. */
const keptLonger = sql`interval '5 minutes'`;

export const passkeyRepo: PasskeyStore = {
  async list(db, userId) {
    const rows = await db
      .selectFrom("altalune_user_passkeys")
      .selectAll()
      .where("user_id", "=", userId)
      .orderBy("created_at")
      .orderBy("public_id")
      .execute();
    return rows.map(passkeyOf);
  },

  async count(db, userId) {
    const { count } = await db
      .selectFrom("altalune_user_passkeys")
      .select(sql<number>`count(*)::int`.as("count"))
      .where("user_id", "=", userId)
      .executeTakeFirstOrThrow();
    return count;
  },

  async find(db, userId, credentialId) {
    const row = await db
      .selectFrom("altalune_user_passkeys")
      .selectAll()
      .where("credential_id", "=", credentialId)
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row && passkeyOf(row);
  },

  async insert(db, userId, { publicId, name, credentialId, publicKey, transports, signCount }) {
    const row = await db
      .insertInto("altalune_user_passkeys")
      .values({
        public_id: publicId,
        user_id: userId,
        name,
        credential_id: credentialId,
        public_key: publicKey,
        transports: [...transports],
        sign_count: BigInt(signCount),
      })
      .onConflict((conflict) => conflict.column("credential_id").doNothing())
      .returningAll()
      .executeTakeFirst();
    return row && passkeyOf(row);
  },

  async noteUse(db, publicId, signCount) {
    const count = BigInt(signCount);
    // One statement looks and writes: of two uses with one count, one is behind.
    const outcome = await db
      .updateTable("altalune_user_passkeys")
      .set({ sign_count: count, last_used_at: sql`altalune_now()` })
      .where("public_id", "=", publicId)
      .where((eb) => eb.or([eb("sign_count", "<", count), eb.and([eb("sign_count", "=", 0n), eb.val(count === 0n)])]))
      .executeTakeFirst();
    if (outcome.numUpdatedRows > 0n) {
      return "noted";
    }
    const row = await db
      .selectFrom("altalune_user_passkeys")
      .select("public_id")
      .where("public_id", "=", publicId)
      .executeTakeFirst();
    return row === undefined ? "gone" : "behind";
  },

  async delete(db, userId, publicId) {
    const row = await db
      .deleteFrom("altalune_user_passkeys")
      .where("public_id", "=", publicId)
      .where("user_id", "=", userId)
      .returning("name")
      .executeTakeFirst();
    return row && { publicId, name: row.name };
  },

  async challengeEnd(db, lastsMs) {
    const { rows } = await sql<{ ends_at: Date }>`
      select ${after(lastsMs)} as ends_at
    `.execute(db);
    const [row] = rows;
    if (row === undefined) {
      throw new Error("a statement without a table has one row");
    }
    return row.ends_at;
  },

  async spendChallenge(db, { digest, endsAt }) {
    // On the primary key: of concurrent uses of one challenge, on whichever instance, one is new.
    const { numAffectedRows } = await sql`
      insert into altalune_user_passkey_challenges (digest, ends_at)
      select ${digest}::bytea, ${endsAt}::timestamptz where ${endsAt}::timestamptz > altalune_now()
      on conflict do nothing
    `.execute(db);
    return (numAffectedRows ?? 0n) > 0n;
  },

  async deleteEndedChallenges(db, limit) {
    return deleteSome(db, {
      table: "altalune_user_passkey_challenges",
      key: ["digest"],
      where: sql`ends_at < altalune_now() - ${keptLonger}`,
      orderBy: ["ends_at"],
      limit,
    });
  },
};

function passkeyOf(row: Selectable<UserPasskeysTable>): StoredPasskey {
  return {
    publicId: row.public_id,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    transports: row.transports,
  };
}
