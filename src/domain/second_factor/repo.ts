import { sql } from "kysely";
import type { SecondFactorStore } from "./interface.js";

export const secondFactorRepo: SecondFactorStore = {
  async find(db, userId) {
    const row = await db
      .selectFrom("altalune_user_totp")
      .select(["secret", "confirmed_at"])
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row && { secret: row.secret, isConfirmed: row.confirmed_at !== null };
  },

  async begin(db, userId, secret) {
    const outcome = await db
      .insertInto("altalune_user_totp")
      .values({ user_id: userId, secret, last_step: 0n, confirmed_at: null })
      .onConflict((conflict) =>
        conflict
          .column("user_id")
          .doUpdateSet({ secret, last_step: 0n })
          .where("altalune_user_totp.confirmed_at", "is", null),
      )
      .executeTakeFirst();
    return (outcome.numInsertedOrUpdatedRows ?? 0n) > 0n;
  },

  async confirm(db, userId) {
    await db
      .updateTable("altalune_user_totp")
      .set({ confirmed_at: sql`altalune_now()` })
      .where("user_id", "=", userId)
      .execute();
  },

  async takeStep(db, userId, step) {
    const outcome = await db
      .updateTable("altalune_user_totp")
      .set({ last_step: BigInt(step) })
      .where("user_id", "=", userId)
      .where("last_step", "<", BigInt(step))
      .executeTakeFirst();
    return outcome.numUpdatedRows > 0n;
  },

  async delete(db, userId) {
    const outcome = await db.deleteFrom("altalune_user_totp").where("user_id", "=", userId).executeTakeFirst();
    return outcome.numDeletedRows > 0n;
  },

  async insertRecoveryCodes(db, userId, digests) {
    await db
      .insertInto("altalune_user_recovery_codes")
      .values(digests.map((digest) => ({ user_id: userId, digest })))
      .execute();
  },

  async takeRecoveryCode(db, userId, digest) {
    const outcome = await db
      .deleteFrom("altalune_user_recovery_codes")
      .where("user_id", "=", userId)
      .where("digest", "=", digest)
      .executeTakeFirst();
    return outcome.numDeletedRows > 0n;
  },

  async deleteRecoveryCodes(db, userId) {
    await db.deleteFrom("altalune_user_recovery_codes").where("user_id", "=", userId).execute();
  },

  async countRecoveryCodes(db, userId) {
    const { count } = await db
      .selectFrom("altalune_user_recovery_codes")
      .select(sql<number>`count(*)::int`.as("count"))
      .where("user_id", "=", userId)
      .executeTakeFirstOrThrow();
    return count;
  },
};
