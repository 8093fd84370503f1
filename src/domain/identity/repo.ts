import type { IdentityStore } from "./interface.js";

export const identityRepo: IdentityStore = {
  async find(db, { issuer, subject }) {
    const row = await db
      .selectFrom("altalune_user_identities as identity")
      .innerJoin("altalune_users as user", "user.id", "identity.user_id")
      .select(["user.public_id", "identity.by_claim"])
      .where("identity.issuer", "=", issuer)
      .where("identity.subject", "=", subject)
      .executeTakeFirst();
    return row && { userId: row.public_id, isByClaim: row.by_claim };
  },

  async insert(db, { issuer, subject }, userId, isByClaim) {
    const outcome = await db
      .insertInto("altalune_user_identities")
      .values({ issuer, subject, user_id: userId, by_claim: isByClaim })
      .onConflict((conflict) => conflict.columns(["issuer", "subject"]).doNothing())
      .executeTakeFirst();
    return (outcome.numInsertedOrUpdatedRows ?? 0n) > 0n;
  },
};
