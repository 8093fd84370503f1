import type { JWK } from "jose";
import { type InferResult, sql } from "kysely";
import type { Executor } from "../../platform/postgres/database.js";
import { userRoleOf } from "../user/model.js";
import type { SessionStore } from "./interface.js";
import { type SessionKind, type SessionRecord, sessionKindNumbers, sessionLifetimes } from "./model.js";

const isOpen = sql<boolean>`
  session.expires_at > altalune_now()
  and session.last_used_at + session.idle_seconds * interval '1 second' > altalune_now()
`;

export const sessionRepo: SessionStore = {
  async insert(db, { publicId, userId, digest, kind, clientAddress, userAgent }) {
    const { absolute, idle } = sessionLifetimes[kind];
    const row = await db
      .insertInto("altalune_user_sessions")
      .values({
        public_id: publicId,
        user_id: userId,
        digest,
        kind: sessionKindNumbers[kind],
        source_ip: clientAddress,
        user_agent: userAgent,
        created_at: sql`altalune_now()`,
        last_used_at: sql`altalune_now()`,
        idle_seconds: idle / 1000,
        expires_at: sql`altalune_now() + ${sql.lit(absolute / 1000)} * interval '1 second'`,
      })
      .returning(["id", "expires_at"])
      .executeTakeFirstOrThrow();
    return { id: row.id, expiresAt: row.expires_at };
  },

  async findByDigest(db, digest) {
    const askedAt = performance.now();
    const row = await selectSessions(db).where("session.digest", "=", digest).where(isOpen).executeTakeFirst();
    return row && recordOf(row, askedAt);
  },

  async findByPublicId(db, publicId) {
    const askedAt = performance.now();
    const row = await selectSessions(db).where("session.public_id", "=", publicId).where(isOpen).executeTakeFirst();
    return row && recordOf(row, askedAt);
  },

  async list(db, userId) {
    const rows = await db
      .selectFrom("altalune_user_sessions as session")
      .select(["public_id", "kind", "source_ip", "user_agent", "created_at", "last_used_at", "expires_at"])
      .where("user_id", "=", userId)
      .where(isOpen)
      .orderBy("last_used_at", "desc")
      .execute();
    return rows.map((row) => ({
      publicId: row.public_id,
      kind: kindOf(row.kind),
      sourceIp: row.source_ip,
      userAgent: row.user_agent,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
      expiresAt: row.expires_at,
    }));
  },

  async hold(db, userId, publicId) {
    const row = await db
      .selectFrom("altalune_user_sessions as session")
      .select("id")
      .where("user_id", "=", userId)
      .where("public_id", "=", publicId)
      .where(isOpen)
      .forShare()
      .executeTakeFirst();
    return row !== undefined;
  },

  async delete(db, userId, publicId) {
    const outcome = await db
      .deleteFrom("altalune_user_sessions")
      .where("user_id", "=", userId)
      .where("public_id", "=", publicId)
      .executeTakeFirst();
    return outcome.numDeletedRows > 0n;
  },

  async deleteAll(db, userId, except) {
    let query = db.deleteFrom("altalune_user_sessions").where("user_id", "=", userId);
    if (except !== undefined) {
      query = query.where("public_id", "<>", except);
    }
    await query.execute();
  },

  async touch(db, ids) {
    await sql`
      update altalune_user_sessions set last_used_at = altalune_now() where id = any(${`{${ids.join(",")}}`}::bigint[])
    `.execute(db);
  },

  async forgetEnded(db) {
    await db.deleteFrom("altalune_user_sessions as session").where(sql<boolean>`not (${isOpen})`).execute();
    await db.deleteFrom("altalune_user_refresh_tokens").where("expires_at", "<", sql<Date>`altalune_now()`).execute();
  },

  async insertRefreshToken(db, sessionId, digest, lifetimeMs) {
    await db
      .insertInto("altalune_user_refresh_tokens")
      .values({
        digest,
        session_id: sessionId,
        used_at: null,
        expires_at: sql`altalune_now() + ${sql.lit(lifetimeMs / 1000)} * interval '1 second'`,
      })
      .execute();
  },

  async lockRefreshToken(db, digest) {
    const askedAt = performance.now();
    const row = await db
      .selectFrom("altalune_user_refresh_tokens")
      .select(["session_id", "used_at", sql<boolean>`expires_at <= altalune_now()`.as("has_ended")])
      .where("digest", "=", digest)
      .forUpdate()
      .executeTakeFirst();
    const session =
      row && (await selectSessions(db).where("session.id", "=", row.session_id).where(isOpen).executeTakeFirst());
    return session && { session: recordOf(session, askedAt), isUsed: row.used_at !== null, hasEnded: row.has_ended };
  },

  async markRefreshTokenUsed(db, digest) {
    await db
      .updateTable("altalune_user_refresh_tokens")
      .set({ used_at: sql`altalune_now()` })
      .where("digest", "=", digest)
      .execute();
  },

  async tokenKeys(db) {
    const rows = await db
      .selectFrom("altalune_token_keys")
      .selectAll()
      .select(sql<number>`(extract(epoch from altalune_now() - created_at) * 1000)::float8`.as("age_ms"))
      .orderBy("created_at", "desc")
      .orderBy("id")
      .execute();
    return rows.map((row) => ({
      id: row.id,
      publicKey: row.public_key as JWK,
      privateKey: row.private_key,
      createdAt: row.created_at,
      ageMs: row.age_ms,
    }));
  },

  async insertTokenKey(db, { id, publicKey, privateKey }) {
    await db
      .insertInto("altalune_token_keys")
      .values({ id, public_key: JSON.stringify(publicKey), private_key: privateKey })
      .execute();
  },

  async deleteTokenKeys(db, olderThanMs) {
    await db
      .deleteFrom("altalune_token_keys")
      .where("created_at", "<", sql<Date>`altalune_now() - ${sql.lit(olderThanMs / 1000)} * interval '1 second'`)
      .execute();
  },
};

function selectSessions(db: Executor) {
  return db
    .selectFrom("altalune_user_sessions as session")
    .innerJoin("altalune_users as user", "user.id", "session.user_id")
    .select([
      "session.id",
      "session.public_id",
      "session.kind",
      "session.last_used_at",
      "session.idle_seconds",
      "session.expires_at",
      "user.id as user_id",
      "user.public_id as user_public_id",
      "user.role",
      "user.project_ids",
      "user.all_projects",
      "user.disabled",
      sql<Date>`altalune_now()`.as("observed_at"),
    ]);
}

function recordOf(row: InferResult<ReturnType<typeof selectSessions>>[number], askedAt: number): SessionRecord {
  return {
    id: row.id,
    publicId: row.public_id,
    user: {
      id: row.user_id,
      publicId: row.user_public_id,
      role: userRoleOf(row.role),
      projectIds: row.project_ids,
      allProjects: row.all_projects,
      disabled: row.disabled,
    },
    kind: kindOf(row.kind),
    lastUsedAt: row.last_used_at,
    idleMs: row.idle_seconds * 1000,
    expiresAt: row.expires_at,
    clockOffsetMs: row.observed_at.getTime() - askedAt,
  };
}

function kindOf(stored: number): SessionKind {
  return stored === sessionKindNumbers.cookie ? "cookie" : "tokens";
}
