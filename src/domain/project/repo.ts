import { type SelectQueryBuilder, sql } from "kysely";
import { changed } from "../../platform/postgres/changed.js";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { containing } from "../../platform/postgres/like.js";
import { prepared } from "../../platform/postgres/prepared.js";
import { fetchSlice, type SortColumn } from "../../platform/postgres/slice.js";
import type { ProjectStore } from "./interface.js";
import { builtInProjectId, type ProjectSort } from "./model.js";
import { columnsOf, type ProjectRow, projectColumns, projectOf } from "./row.js";

/**
 * Once a project is marked, a transaction that saw it before ends within the limits of statement and idle time (90 s in
 * all); only then are its rows final.
 */
const purgeDelay = sql`interval '5 minutes'`;

export const projectRepo: ProjectStore = {
  async insert(db, publicId, settings) {
    const row = await db
      .insertInto("altalune_projects")
      .values({ public_id: publicId, ...columnsOf(settings) })
      .returningAll()
      .executeTakeFirstOrThrow();
    return projectOf(row);
  },

  async findByPublicIds(db, publicIds) {
    const query = selectWithoutLogo(notDeleted(db)).where(sql<boolean>`public_id = any(${[...publicIds]}::text[])`);
    const { rows } = await prepared("find_projects", sql<ProjectRow>`${query}`).execute(db);
    return rows.map(projectOf);
  },

  async findWhole(db, publicId) {
    const row = await notDeleted(db).selectAll().where("public_id", "=", publicId).executeTakeFirst();
    return row && projectOf(row);
  },

  async findForUsers(db, limit) {
    // There are few projects.
    const rows = await selectWithoutLogo(notDeleted(db))
      .where(sql<boolean>`(owner_access ->> 'allow_users')::boolean`)
      .limit(limit)
      .execute();
    return rows.map(projectOf);
  },

  async findOrigins(db, origins) {
    // On the index on the origins of owners' access.
    const { rows } = await sql<{ origin: string }>`
      select origin from unnest(${[...origins]}::text[]) as origin
      where exists (
        select from altalune_projects
        where owner_access -> 'origins' @> jsonb_build_array(origin) and deleted_at is null
      )
    `.execute(db);
    return new Set(rows.map(({ origin }) => origin));
  },

  async findByPublicIdEvenDeleted(db, publicId) {
    const row = await withoutBuiltIn(db).selectAll().where("public_id", "=", publicId).executeTakeFirst();
    return row && projectOf(row);
  },

  async builtIn(db) {
    const row = await db
      .selectFrom("altalune_projects")
      .selectAll()
      .where("id", "=", builtInProjectId)
      .executeTakeFirstOrThrow();
    return projectOf(row);
  },

  async listEvenDeleted(db, after, limit) {
    let query = db.selectFrom("altalune_projects").selectAll();
    if (after !== undefined) {
      query = query.where("id", ">", after);
    }
    const rows = await query.orderBy("id").limit(limit).execute();
    return rows.map(projectOf);
  },

  async query(db, reach, listing) {
    let query = notDeleted(db);
    if (reach !== undefined) {
      // `in ()` is no SQL, and there are users who reach no project.
      query = query.where("public_id", "=", (eb) => eb.fn.any(eb.val([...reach])));
    }
    const names = listing.filters.get("name");
    if (names !== undefined) {
      query = query.where("name", "in", names);
    }
    if (listing.keyword !== "") {
      // The column's own collation, "C", knows the case of ASCII letters alone.
      query = query.where(sql`name collate "default"`, "ilike", containing(listing.keyword));
    }
    return fetchSlice(db, query, selectWithoutLogo, projectOf, listing, {
      sort: sortColumns[listing.sort.field],
      id: sql.ref<bigint>("id"),
      idOf: (row) => row.id,
    });
  },

  async lock(db, id) {
    const row = await notDeleted(db).selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
    return row && projectOf(row);
  },

  async update(db, id, settings) {
    const row = await db
      .updateTable("altalune_projects")
      .set({ ...columnsOf(settings), ...changed })
      .where("id", "=", id)
      .where("deleted_at", "is", null)
      .returningAll()
      .executeTakeFirst();
    return row && projectOf(row);
  },

  async markDeleted(db, id) {
    await db.updateTable("altalune_projects").set({ deleted_at: sql`altalune_now()` }).where("id", "=", id).execute();
  },

  async listUnpurged(db) {
    const rows = await db
      .selectFrom("altalune_projects")
      .select("id")
      .where("deleted_at", "<", sql<Date>`altalune_now() - ${purgeDelay}`)
      .where("purged_at", "is", null)
      .orderBy("deleted_at")
      .execute();
    return rows.map(({ id }) => id);
  },

  async markPurged(db, id) {
    await db.updateTable("altalune_projects").set({ purged_at: sql`altalune_now()` }).where("id", "=", id).execute();
  },
};

const sortColumns: Readonly<Record<ProjectSort, SortColumn<ProjectRow>>> = {
  name: { column: sql.ref("name"), type: "text", value: (row) => row.name },
  created_at: { column: sql.ref("created_at"), type: "timestamptz", value: (row) => row.created_at.toISOString() },
  updated_at: { column: sql.ref("updated_at"), type: "timestamptz", value: (row) => row.updated_at.toISOString() },
};

/** A page of a thousand logos would be one of 40 MiB, and nearly every call looks its project up. */
function selectWithoutLogo(projects: SelectQueryBuilder<Database, "altalune_projects", object>) {
  return projects
    .select(projectColumns)
    .select(sql<ProjectRow["owner_access"]>`owner_access #- '{branding,logo}'`.as("owner_access"));
}

/** Every project but the built-in one, which no public id may name. */
function withoutBuiltIn(db: Executor) {
  return db.selectFrom("altalune_projects").where("id", "<>", builtInProjectId);
}

function notDeleted(db: Executor) {
  return withoutBuiltIn(db).where("deleted_at", "is", null);
}
