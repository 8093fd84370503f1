import type { JWK } from "jose";
import { type InferResult, type SqlBool, sql } from "kysely";
import { after } from "../../platform/postgres/after.js";
import type { Executor } from "../../platform/postgres/database.js";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import { userRoleOf } from "../user/model.js";
import type { SessionStore } from "./interface.js";
import { type SessionKind, type SessionRecord, sessionKindNumbers, sessionLifetimes } from "./model.js";

/** The database's advisory lock for making a key of access tokens; "altaluns" in ASCII. */
const makingLock = 0x616c74616c756e73n;

const isOpen = sql<boolean>`
  session.expires_at > altalune_now()
  and session.last_used_at + session.idle_seconds * interval '1 second' > altalune_now()
`;

export const sessionRepo: SessionStore = {
  async insert(db, { publicId, userId, digest, kind, clientAddress, userAgent }, most) {
    const { absolute, idle } = sessionLifetimes[kind];
    const row = await db
      // Does not see the one that is inserted.
      .with("surplus", (cte) =>
        cte.deleteFrom("altalune_user_sessions").where(
          "id",
          "in",
          sql<bigint>`(
            select id from altalune_user_sessions
            where id in (
              select id from altalune_user_sessions
              where user_id = ${userId} order by last_used_at desc, id desc offset ${most - 1}
            )
            order by id
            for update
          )`,
        ),
      )
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
        expires_at: after(absolute),
      })
      .returning(["id", "expires_at"])
      .executeTakeFirstOrThrow();
    return { id: row.id, expiresAt: row.expires_at };
  },

  async findByDigests(db, digests) {
    const askedAt = performance.now();
    const rows = await selectSessions(db)
      .select("session.digest")
      .where("session.digest", "in", digests)
      .where(isOpen)
      .execute();
    return digests.map((digest) => {
      const row = rows.find((found) => found.digest.equals(digest));
      return row && recordOf(row, askedAt);
    });
  },

  async findByPublicIds(db, publicIds) {
    const askedAt = performance.now();
    const rows = await selectSessions(db).where("session.public_id", "in", publicIds).where(isOpen).execute();
    return publicIds.map((publicId) => {
      const row = rows.find((found) => found.public_id === publicId);
      return row && recordOf(row, askedAt);
    });
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
    await sql`
      delete from altalune_user_sessions where id in (
        select id from altalune_user_sessions
        where user_id = ${userId} and public_id is distinct from ${except ?? null}
        order by id
        for update
      )
    `.execute(db);
  },

  async touch(db, uses) {
    // One that somebody has locked is noted by them, or ends.
    await sql`
      with used as (
        select * from unnest(
          ${`{${uses.map(({ id }) => id).join(",")}}`}::bigint[],
          ${`{${uses.map(({ agoMs }) => agoMs).join(",")}}`}::float8[]
        ) as used (id, ago)
      ), free as (
        select id from altalune_user_sessions where id in (select id from used) order by id for no key update skip locked
      )
      update altalune_user_sessions as session
      set last_used_at = greatest(last_used_at, altalune_now() - used.ago * interval '1 ms')
      from used join free using (id)
      where session.id = used.id
    `.execute(db);
  },

  async deleteEnded(db, idleSeconds, graceMs, limit) {
    // On the indexes on expires_at and on (idle_seconds, last_used_at).
    const grace = sql`${sql.lit(graceMs / 1000)} * interval '1 second'`;
    const ends = [
      sql<SqlBool>`expires_at < altalune_now() - ${grace}`,
      ...idleSeconds.map(
        (seconds) =>
          sql<SqlBool>`idle_seconds = ${sql.lit(seconds)} and last_used_at < altalune_now() - ${grace} - ${sql.lit(seconds)} * interval '1 second'`,
      ),
    ];
    let most = 0;
    for (const where of ends) {
      most = Math.max(most, await deleteSome(db, { table: "altalune_user_sessions", key: ["id"], where, limit }));
    }
    return most;
  },

  async deleteEndedRefreshTokens(db, limit) {
    return deleteSome(db, {
      table: "altalune_user_refresh_tokens",
      key: ["digest"],
      where: sql`expires_at < altalune_now()`,
      orderBy: ["expires_at"],
      limit,
    });
  },

  async lockOpen(db, id) {
    const askedAt = performance.now();
    const row = await selectSessions(db)
      .where("session.id", "=", id)
      .where(isOpen)
      .forNoKeyUpdate(["session"])
      .executeTakeFirst();
    return row && recordOf(row, askedAt);
  },

  async insertRefreshToken(db, { sessionId, digest, lifetimeMs }, most) {
    await sql`
      with surplus as (
        delete from altalune_user_refresh_tokens where digest in (
          select digest from altalune_user_refresh_tokens
          where session_id = ${sessionId} and used_at is null
          order by expires_at desc, digest
          offset ${most - 1}
        )
      )
      insert into altalune_user_refresh_tokens (digest, session_id, expires_at)
      values (${digest}, ${sessionId}, ${after(lifetimeMs)})
    `.execute(db);
  },

  async sessionsOfRefreshTokens(db, digests) {
    const rows = await db
      .selectFrom("altalune_user_refresh_tokens")
      .select(["digest", "session_id"])
      .where("digest", "in", digests)
      .where("expires_at", ">", sql<Date>`altalune_now()`)
      .execute();
    return digests.map((digest) => rows.find((row) => row.digest.equals(digest))?.session_id);
  },

  async lockRefreshToken(db, digest) {
    const row = await db
      .selectFrom("altalune_user_refresh_tokens")
      .select(["used_at"])
      .where("digest", "=", digest)
      .where("expires_at", ">", sql<Date>`altalune_now()`)
      .forUpdate()
      .executeTakeFirst();
    return row && { isUsed: row.used_at !== null };
  },

  async countUsedRefreshTokens(db, sessionId) {
    const { used } = await db
      .selectFrom("altalune_user_refresh_tokens")
      .select(({ fn }) => fn.countAll<bigint>().as("used"))
      .where("session_id", "=", sessionId)
      .where("used_at", "is not", null)
      .where("expires_at", ">", sql<Date>`altalune_now()`)
      .executeTakeFirstOrThrow();
    return Number(used);
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

  async insertTokenKeyIfDue(tx, { id, publicKey, privateKey }, dueMs) {
    await sql`select pg_advisory_xact_lock(${String(makingLock)}::bigint)`.execute(tx);
    // A statement of its own: it sees what was made while this one waited.
    await sql`
      insert into altalune_token_keys (id, public_key, private_key)
      select ${id}, ${JSON.stringify(publicKey)}::jsonb, ${privateKey}
      where not exists (
        select from altalune_token_keys
        where created_at > altalune_now() - ${sql.lit(dueMs / 1000)} * interval '1 second'
      )
    `.execute(tx);
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
