import { sql } from "kysely";
import { after } from "../../../platform/postgres/after.js";
import type { Executor } from "../../../platform/postgres/database.js";
import type { WaitingValueStore } from "../interface.js";
import type { ApiKey } from "../model.js";
import { apiKeyOf, lastUsedAt, observedAt } from "../row.js";

/** The key still works: none other is rotated by the service itself. */
const isLive = sql<boolean>`revoked_at is null and active and expires_at > altalune_now()`;

/** Nobody can claim a value any more, in a statement that has it as `waiting` and its key as `key`: as `isOver` of service/claim-rotated-key.ts. */
const hasEnded = sql`(
  key.expires_at <= altalune_now() or key.digest = waiting.digest and key.previous_expires_at <= altalune_now()
)`;

/** What a statement selects from, and where, that wants the values of which people are to be reminded. */
const dueToRemindOf = sql`
  altalune_waiting_values as waiting
  join altalune_project_api_keys as key on key.project_id = waiting.project_id and key.id = waiting.api_key_id
  join altalune_projects as project on project.id = waiting.project_id
  where waiting.remind_at <= altalune_now() and key.active and not ${hasEnded} and project.deleted_at is null
`;

interface ToRemindOfRow {
  readonly project_id: bigint;
  readonly api_key_id: bigint;
  readonly remind_at: Date;
  readonly display_prefix: string;
  readonly public_id: string;
  readonly previous_expires_at: Date | null;
}

export const waitingValueRepo: WaitingValueStore = {
  async listDue(db, last, limit) {
    // Nearly always there is none, which these tables alone can tell.
    const first = await db
      .selectFrom("altalune_project_api_keys")
      .select("next_rotation_at")
      .where("next_rotation_at", "<=", sql<Date>`altalune_now()`)
      .where(isLive)
      .limit(1)
      .executeTakeFirst();
    if (first === undefined) {
      return [];
    }
    // On the partial index on next_rotation_at of each partition.
    let due = db
      .selectFrom("altalune_project_api_keys")
      .innerJoin("altalune_projects as project", "project.id", "altalune_project_api_keys.project_id")
      .select([
        "altalune_project_api_keys.project_id",
        "altalune_project_api_keys.id",
        "altalune_project_api_keys.public_id",
        sql<Date>`altalune_project_api_keys.next_rotation_at`.as("due_at"),
        "project.public_id as project_public_id",
        "project.key_prefix",
      ])
      .where("altalune_project_api_keys.next_rotation_at", "<=", sql<Date>`altalune_now()`)
      .where(isLive)
      .where("project.deleted_at", "is", null);
    if (last !== undefined) {
      const place = sql`(altalune_project_api_keys.next_rotation_at, altalune_project_api_keys.id)`;
      due = due.where(sql<boolean>`${place} > (${last.dueAt}::timestamptz, ${last.id}::bigint)`);
    }
    const rows = await due
      .orderBy("altalune_project_api_keys.next_rotation_at")
      .orderBy("altalune_project_api_keys.id")
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      dueAt: row.due_at,
      publicId: row.public_id,
      project: { id: row.project_id, publicId: row.project_public_id, keyPrefix: row.key_prefix },
    }));
  },

  async lockDue(db, { project, publicId }) {
    const row = await db
      .selectFrom("altalune_project_api_keys")
      .selectAll("altalune_project_api_keys")
      .select([observedAt, lastUsedAt])
      .where("project_id", "=", project.id)
      .where("public_id", "=", publicId)
      .where("next_rotation_at", "<=", sql<Date>`altalune_now()`)
      .where(isLive)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    return row && apiKeyOf(row);
  },

  async find(db, { projectId, id }) {
    const row = await db
      .selectFrom("altalune_waiting_values")
      .select(["digest", "display_prefix", "sealed"])
      .where("project_id", "=", projectId)
      .where("api_key_id", "=", id)
      .executeTakeFirst();
    return row && { digest: row.digest, displayPrefix: row.display_prefix, sealed: row.sealed };
  },

  async put(db, { projectId, id }, { digest, displayPrefix, sealed }, remindAfterMs) {
    const remindAt = after(remindAfterMs);
    const value = { digest, display_prefix: displayPrefix, sealed, is_claimed: false, remind_at: remindAt };
    await db
      .insertInto("altalune_waiting_values")
      .values({ project_id: projectId, api_key_id: id, ...value })
      .onConflict((conflict) => conflict.columns(["project_id", "api_key_id"]).doUpdateSet(value))
      .execute();
  },

  async noteClaim(db, { projectId, id }) {
    await db
      .updateTable("altalune_waiting_values")
      .set({ is_claimed: true, remind_at: null })
      .where("project_id", "=", projectId)
      .where("api_key_id", "=", id)
      .execute();
  },

  async listToRemindOf(db, last, limit) {
    const place = sql`(waiting.remind_at, waiting.api_key_id)`;
    const { rows } = await sql<ToRemindOfRow>`
      select
        waiting.project_id, waiting.api_key_id, waiting.remind_at, waiting.display_prefix, key.public_id,
        case when key.digest = waiting.digest then key.previous_expires_at end as previous_expires_at
      from ${dueToRemindOf}
        and ${last === undefined ? sql`true` : sql`${place} > (${last.dueAt}::timestamptz, ${last.id}::bigint)`}
      order by waiting.remind_at, waiting.api_key_id limit ${limit}
    `.execute(db);
    return rows.map((row) => ({
      id: row.api_key_id,
      dueAt: row.remind_at,
      publicId: row.public_id,
      project: { id: row.project_id },
      displayPrefix: row.display_prefix,
      previousExpiresAt: row.previous_expires_at ?? undefined,
    }));
  },

  async takeToRemindOf(db, { project, id, dueAt }) {
    const { numAffectedRows } = await sql`
      update altalune_waiting_values set remind_at = null
      where (project_id, api_key_id) in (
        select waiting.project_id, waiting.api_key_id from ${dueToRemindOf}
          and waiting.project_id = ${project.id} and waiting.api_key_id = ${id} and waiting.remind_at = ${dueAt}
        for update of waiting skip locked
      )
    `.execute(db);
    return numAffectedRows === 1n;
  },

  drop: dropWaitingValue,

  async dropUsed(db, uses) {
    const digests = uses.map(({ digest }) => digest);
    // In order, so that two such statements cannot lock each other out.
    await sql`
      delete from altalune_waiting_values
      where (project_id, api_key_id) in (
        select project_id, api_key_id from altalune_waiting_values
        where (project_id, api_key_id, digest) in (
          select * from unnest(
            ${uses.map(({ projectId }) => projectId)}::bigint[], ${uses.map(({ apiKeyId }) => apiKeyId)}::bigint[],
            ${digests}::bytea[]
          )
        )
        order by project_id, api_key_id
        for update
      )
    `.execute(db);
    // The secret last: until it is written there, a use is noted again. So it is left where it is locked: whoever rotates or claims locks
    // secrets in an order of their own, and waiting values after them.
    await sql`
      update altalune_api_key_secrets set awaits_use = false
      where digest in (
        select digest from altalune_api_key_secrets where digest = any(${digests}::bytea[]) for update skip locked
      )
    `.execute(db);
  },

  async dropEnded(db, limit) {
    const { numAffectedRows } = await sql`
      delete from altalune_waiting_values
      where (project_id, api_key_id) in (
        select waiting.project_id, waiting.api_key_id
        from altalune_waiting_values as waiting
        join altalune_project_api_keys as key on key.project_id = waiting.project_id and key.id = waiting.api_key_id
        where ${hasEnded}
        limit ${limit}
        for update of waiting skip locked
      )
    `.execute(db);
    return Number(numAffectedRows ?? 0n);
  },
};

/** Also what lies there for nothing, such as a value that another took the place of. */
export async function dropWaitingValue(
  db: Executor,
  { projectId, id }: Pick<ApiKey, "projectId" | "id">,
): Promise<void> {
  await db
    .deleteFrom("altalune_waiting_values")
    .where("project_id", "=", projectId)
    .where("api_key_id", "=", id)
    .execute();
}

/** Whether a value waits for which the switch was put off. */
export async function isSwitchPutOff(db: Executor, { projectId, id, digest }: ApiKey): Promise<boolean> {
  const row = await db
    .selectFrom("altalune_waiting_values")
    .select("digest")
    .where("project_id", "=", projectId)
    .where("api_key_id", "=", id)
    .where("digest", "<>", digest)
    // It is not to be deleted, as one that has ended is, while who asks counts on it.
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}
