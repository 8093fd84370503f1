import { type Selectable, sql } from "kysely";
import { after } from "../../platform/postgres/after.js";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import type { PortalSessionsTable } from "../../platform/postgres/tables/portal-sessions.js";
import type { OwnerPermission } from "../principal/model.js";
import type { PortalStore } from "./interface.js";
import { codeTtlMs, type PortalSession } from "./model.js";

type SessionRow = Pick<Selectable<PortalSessionsTable>, "owner_id" | "permissions" | "return_url" | "expires_at">;

export const portalRepo: PortalStore = {
  async insert(db, { projectId, codeDigest, ownerId, permissions, ttlMs, returnUrl }) {
    const { expires_at } = await db
      .insertInto("altalune_portal_sessions")
      .values({
        project_id: projectId,
        code_digest: codeDigest,
        code_expires_at: after(Math.min(codeTtlMs, ttlMs)),
        owner_id: ownerId,
        permissions: [...permissions],
        return_url: returnUrl,
        expires_at: after(ttlMs),
      })
      .returning("expires_at")
      .executeTakeFirstOrThrow();
    return expires_at;
  },

  async exchange(db, projectId, codeDigest, tokenDigest) {
    // On the primary key. Who comes second waits for the row, and finds that it has a token.
    const row = await db
      .updateTable("altalune_portal_sessions")
      .set({ token_digest: tokenDigest })
      .where("project_id", "=", projectId)
      .where("code_digest", "=", codeDigest)
      .where("token_digest", "is", null)
      .where("code_expires_at", ">", sql<Date>`altalune_now()`)
      .returning(["owner_id", "permissions", "return_url", "expires_at"])
      .executeTakeFirst();
    return row && sessionOf(row);
  },

  async findByTokens(db, places) {
    // On the index on (project_id, token_digest).
    const rows = await db
      .selectFrom("altalune_portal_sessions")
      .select(["project_id", "token_digest", "owner_id", "permissions", "return_url", "expires_at"])
      .where(({ eb, or }) =>
        or(places.map(({ projectId, digest }) => eb("project_id", "=", projectId).and("token_digest", "=", digest))),
      )
      .where("expires_at", ">", sql<Date>`altalune_now()`)
      .execute();
    return places.map(({ projectId, digest }) => {
      const row = rows.find((found) => found.project_id === projectId && found.token_digest?.equals(digest));
      return row && sessionOf(row);
    });
  },

  async end(db, projectId, ownerId) {
    // On the index on (project_id, owner_id).
    const rows = await db
      .deleteFrom("altalune_portal_sessions")
      .where("project_id", "=", projectId)
      .where("owner_id", "=", ownerId)
      .returning(sql<boolean>`expires_at > altalune_now()`.as("open"))
      .execute();
    return rows.filter(({ open }) => open).length;
  },

  async deleteSome(db, limit) {
    return deleteSome(db, {
      table: "altalune_portal_sessions",
      key: ["project_id", "code_digest"],
      where: sql`expires_at < altalune_now()`,
      orderBy: ["expires_at"],
      limit,
    });
  },
};

function sessionOf(row: SessionRow): PortalSession {
  return {
    ownerId: row.owner_id,
    permissions: row.permissions as OwnerPermission[],
    returnUrl: row.return_url,
    expiresAt: row.expires_at,
  };
}
