import { type Selectable, sql } from "kysely";
import { containing } from "../../platform/postgres/like.js";
import { fetchSlice, type SortColumn } from "../../platform/postgres/slice.js";
import type { TiersTable } from "../../platform/postgres/tables/tiers.js";
import { columnsOfRateLimits, rateLimitsOfColumns } from "../rate_limit/columns.js";
import type { TierStore } from "./interface.js";
import type { Tier, TierSort } from "./model.js";

type TierRow = Selectable<TiersTable>;

/** Qualified: in an upsert, `version` alone might be that of the new row. */
const changed = { updated_at: sql<Date>`altalune_now()`, version: sql<bigint>`altalune_tiers.version + 1` };

export const tierRepo: TierStore = {
  async holdForUse(db, names) {
    const rows = await db
      .selectFrom("altalune_tiers")
      .select("name")
      .where("name", "in", names)
      .orderBy("name")
      .forKeyShare()
      .execute();
    return new Set(rows.map(({ name }) => name));
  },

  async names(db) {
    const rows = await db.selectFrom("altalune_tiers").select("name").orderBy("name").execute();
    return rows.map(({ name }) => name);
  },

  async query(db, listing) {
    let query = db.selectFrom("altalune_tiers");
    if (listing.keyword !== "") {
      query = query.where("name", "ilike", containing(listing.keyword));
    }
    return fetchSlice(db, query, (tiers) => tiers.selectAll(), tierOf, listing, {
      sort: sortColumns[listing.sort.field],
      id: sql.ref<bigint>("id"),
      idOf: (row) => row.id,
    });
  },

  async upsert(db, name, rateLimits) {
    const limits = columnsOfRateLimits(rateLimits);
    const row = await db
      .insertInto("altalune_tiers")
      .values({ name, ...limits })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ ...limits, ...changed }))
      .returningAll()
      .executeTakeFirstOrThrow();
    return tierOf(row);
  },

  async lock(db, name) {
    const row = await db
      .selectFrom("altalune_tiers")
      .selectAll()
      .where("name", "=", name)
      .forUpdate()
      .executeTakeFirst();
    return row && tierOf(row);
  },

  async isInUse(db, name) {
    // Crosses shards: on the index on (tier, project_id, id) of every partition.
    const key = await db
      .selectFrom("altalune_project_api_keys as key")
      .innerJoin("altalune_projects as project", "project.id", "key.project_id")
      .select("key.id")
      .where("key.tier", "=", name)
      .where("key.tier", "<>", "")
      .where("project.deleted_at", "is", null)
      .limit(1)
      .executeTakeFirst();
    if (key !== undefined) {
      return true;
    }
    const project = await db
      .selectFrom("altalune_projects")
      .select("id")
      .where((where) =>
        where.or([where("default_tier", "=", name), where(sql`owner_access ->> 'default_tier'`, "=", name)]),
      )
      .where("deleted_at", "is", null)
      .limit(1)
      .executeTakeFirst();
    return project !== undefined;
  },

  async delete(db, name) {
    await db.deleteFrom("altalune_tiers").where("name", "=", name).execute();
  },
};

const sortColumns: Readonly<Record<TierSort, SortColumn<TierRow>>> = {
  name: { column: sql.ref("name"), type: "text", value: (row) => row.name },
  created_at: { column: sql.ref("created_at"), type: "timestamptz", value: (row) => row.created_at.toISOString() },
  updated_at: { column: sql.ref("updated_at"), type: "timestamptz", value: (row) => row.updated_at.toISOString() },
};

function tierOf(row: TierRow): Tier {
  return {
    name: row.name,
    rateLimits: rateLimitsOfColumns(row),
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
