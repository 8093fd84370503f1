import { type SelectQueryBuilder, sql } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { containing } from "../../platform/postgres/like.js";
import { fetchSlice, type SortColumn } from "../../platform/postgres/slice.js";
import type { Listing, Page } from "../listing/listing.js";
import { builtInProjectId } from "../project/model.js";
import type { ApiKey, ApiKeyFilter, ApiKeySort, ApiKeyStatus, FoundApiKey, KeyHolder, KeyLookup } from "./model.js";
import { type ApiKeyRow, apiKeyOf, lastUsedAt, observedAt } from "./row.js";

type Query = SelectQueryBuilder<Database, "altalune_project_api_keys", object>;

/**
 * Lists keys of one project, which is one partition. Each sort, and the filters by name, owner and prefix, have an index
 * on (project_id, column, id). Scopes, tiers and states that few keys have are found by indexes of their own; those that
 * many have, and keywords, are looked for in the rows that the sort's index yields.
 */
export async function queryApiKeys(
  db: Executor,
  projectId: bigint,
  listing: Listing<ApiKeyFilter, ApiKeySort>,
): Promise<Page<ApiKey>> {
  let query: Query = db.selectFrom("altalune_project_api_keys").where("project_id", "=", projectId);
  for (const [filter, values] of listing.filters) {
    query = filters[filter](query, values);
  }
  if (listing.keyword !== "") {
    query = query.where("name", "ilike", containing(listing.keyword));
  }
  return fetchSlice(
    db,
    query,
    (keys) => keys.selectAll("altalune_project_api_keys").select([observedAt, lastUsedAt]),
    apiKeyOf,
    listing,
    { sort: sortColumns[listing.sort.field], id: sql.ref<bigint>("id"), idOf: (row) => row.id },
  );
}

/** A look-up a project, on the index on (project_id, display_prefix, id), (project_id, public_id) or the primary key. */
export async function findInProjects(
  db: Executor,
  reach: ReadonlySet<string> | undefined,
  lookup: KeyLookup,
  limit: number,
): Promise<readonly FoundApiKey[]> {
  // Secrets lie by their digest, keys by their project: no statement joins the two.
  const holder = "digest" in lookup ? await holderOf(db, lookup.digest) : undefined;
  if (reach?.size === 0 || ("digest" in lookup && holder === undefined)) {
    return [];
  }
  let query = db
    .selectFrom("altalune_projects")
    .innerJoin("altalune_project_api_keys", "altalune_project_api_keys.project_id", "altalune_projects.id")
    .selectAll("altalune_project_api_keys")
    .select(["altalune_projects.public_id as project_public_id", observedAt, lastUsedAt])
    .where("altalune_projects.deleted_at", "is", null)
    .where("altalune_projects.id", "<>", builtInProjectId);
  if (reach !== undefined) {
    query = query.where("altalune_projects.public_id", "=", (eb) => eb.fn.any(eb.val([...reach])));
  }
  if (holder !== undefined) {
    query = query
      .where("altalune_project_api_keys.project_id", "=", holder.project_id)
      .where("altalune_project_api_keys.id", "=", holder.api_key_id);
  } else if ("displayPrefix" in lookup) {
    query = query.where("altalune_project_api_keys.display_prefix", "=", lookup.displayPrefix);
  } else if ("publicId" in lookup) {
    query = query.where("altalune_project_api_keys.public_id", "=", lookup.publicId);
  }
  const rows = await query.orderBy("altalune_project_api_keys.id", "desc").limit(limit).execute();
  return rows.map((row) => ({ apiKey: apiKeyOf(row), projectPublicId: row.project_public_id }));
}

/** The key that a value is good for, or would be if the key were; a value that was rotated away ends with its grace. */
async function holderOf(db: Executor, digest: Buffer) {
  return db
    .selectFrom("altalune_api_key_secrets")
    .select(["project_id", "api_key_id"])
    .where("digest", "=", digest)
    .where("expires_at", ">", sql<Date>`altalune_now()`)
    .executeTakeFirst();
}

/** Two statements, as secrets lie by their digest and keys by their project; both cross shards. */
export async function holdersOf(db: Executor, digests: readonly Buffer[]): Promise<readonly KeyHolder[]> {
  const secrets = await db
    .selectFrom("altalune_api_key_secrets")
    .select(["digest", "project_id", "api_key_id"])
    .where(sql<boolean>`digest = any(${[...digests]}::bytea[])`)
    .execute();
  if (secrets.length === 0) {
    return [];
  }
  const projectIds = secrets.map((secret) => secret.project_id);
  // The list of projects leaves few partitions to plan for.
  const keys = await db
    .selectFrom("altalune_project_api_keys as key")
    .innerJoin("altalune_projects as project", "project.id", "key.project_id")
    .innerJoin(
      sql<{ project_id: bigint; id: bigint }>`unnest(
        ${projectIds}::bigint[], ${secrets.map((secret) => secret.api_key_id)}::bigint[]
      )`.as<"wanted">(sql`wanted (project_id, id)`),
      (join) => join.onRef("wanted.project_id", "=", "key.project_id").onRef("wanted.id", "=", "key.id"),
    )
    .select(["key.id", "key.public_id", "project.public_id as project_public_id"])
    .distinct()
    .where("project.deleted_at", "is", null)
    .where(sql<boolean>`key.project_id = any(${[...new Set(projectIds)]}::bigint[])`)
    .execute();
  const byId = new Map(keys.map((key) => [key.id, key]));
  return secrets.flatMap(({ digest, api_key_id }) => {
    const key = byId.get(api_key_id);
    return key === undefined ? [] : [{ digest, projectPublicId: key.project_public_id, apiKeyPublicId: key.public_id }];
  });
}

const filters: Readonly<Record<ApiKeyFilter, (query: Query, values: readonly string[]) => Query>> = {
  name: (query, values) => query.where("name", "in", values),
  key_prefix: (query, values) => query.where("display_prefix", "in", values),
  owner_id: (query, values) => query.where("owner_id", "in", values),
  tier: (query, values) => query.where("tier", "in", values),
  scope: (query, values) => query.where(sql<boolean>`scopes && ${[...values]}::text[]`),
  status: (query, values) =>
    query.where((eb) => eb.or(values.map((status) => statusConditions[status as ApiKeyStatus]))),
  expiring_within_days: (query, [days]) =>
    query
      .where("expires_at", ">", sql<Date>`altalune_now()`)
      .where("expires_at", "<=", sql<Date>`altalune_now() + make_interval(days => ${Number(days)})`),
};

const statusConditions: Readonly<Record<ApiKeyStatus, ReturnType<typeof sql<boolean>>>> = {
  revoked: sql<boolean>`revoked_at is not null`,
  disabled: sql<boolean>`(revoked_at is null and not active)`,
  expired: sql<boolean>`(revoked_at is null and active and expires_at <= altalune_now())`,
  active: sql<boolean>`(revoked_at is null and active and expires_at > altalune_now())`,
};

const sortColumns: Readonly<Record<ApiKeySort, SortColumn<ApiKeyRow>>> = {
  name: { column: sql.ref("name"), type: "text", value: (row) => row.name },
  expiration: {
    column: sql.ref("expires_at"),
    type: "timestamptz",
    value: ({ expires_at }) => (expires_at instanceof Date ? expires_at.toISOString() : "infinity"),
  },
  created_at: { column: sql.ref("created_at"), type: "timestamptz", value: (row) => row.created_at.toISOString() },
  updated_at: { column: sql.ref("updated_at"), type: "timestamptz", value: (row) => row.updated_at.toISOString() },
};
