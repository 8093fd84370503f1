import { sql, type UpdateObject } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { isStatementError, isUniqueViolation } from "../../platform/postgres/errors.js";
import { insertFrom } from "../../platform/postgres/insert-from.js";
import { prepared } from "../../platform/postgres/prepared.js";
import { rateLimitsOfColumns } from "../rate_limit/columns.js";
import type { ApiKeyStore, Owner } from "./interface.js";
import { type ApiKey, earliest, type NewApiKey } from "./model.js";
import { findInProjects, holdersOf, queryApiKeys } from "./query.js";
import { reschedule, scheduleNew } from "./repo/schedule.js";
import { deactivateAll, lockAll, revokeAll, updateAll } from "./repo/several.js";
import { dropWaitingValue } from "./repo/waiting-values.js";
import {
  apiKeyOf,
  columnsOfChanges,
  columnsOfSettings,
  type InsertedRow,
  insertedKeyOf,
  lastUsedAt,
  observedAt,
} from "./row.js";

export const apiKeyRepo: ApiKeyStore = {
  isStatementError,

  async lockOwners(db, owners) {
    const inOrder = [...owners].sort(byOwner);
    const statement = sql<{ project_id: bigint; owner_id: string; live: bigint }>`
      select project_id, owner_id, live from altalune_lock_owners(
        ${inOrder.map(({ projectId }) => projectId)}::bigint[], ${inOrder.map(({ ownerId }) => ownerId)}::text[]
      )
    `;
    const { rows } = await prepared("lock_owners", statement).execute(db);
    return rows.map((row) => ({ projectId: row.project_id, ownerId: row.owner_id, live: Number(row.live) }));
  },

  async insert(db, apiKeys) {
    const values = apiKeys.map((apiKey) => ({
      project_id: apiKey.projectId,
      public_id: apiKey.publicId,
      owner_id: apiKey.ownerId,
      display_prefix: apiKey.displayPrefix,
      digest: apiKey.digest,
      signing_secret: apiKey.signingSecret ?? null,
      reachable_project_ids: apiKey.reachableProjectIds === undefined ? null : [...apiKey.reachableProjectIds],
      ...columnsOfSettings(apiKey),
    }));
    // Of one key, only its name may be in the way. Of several that is left open: the database finds an index that is named here anew for
    // each partition that it writes to, which was a sixth of all that it does for a creation (docs/benchmarks.md).
    const alone = apiKeys.length === 1;
    const nameIndex = alone ? sql`(project_id, owner_id, name) where revoked_at is null` : sql``;
    const statement = sql<InsertedRow>`
      with inserted as (
        ${insertFrom("altalune_project_api_keys", values)}
        on conflict ${nameIndex} do nothing
        returning digest, project_id, id, public_id, created_at, updated_at, version
      ), secrets as (
        insert into altalune_api_key_secrets (digest, project_id, api_key_id) select digest, project_id, id from inserted
      )
      select id, public_id, created_at, updated_at, version, altalune_now() as observed_at from inserted
    `;
    const { rows } = await prepared(alone ? "insert_key" : "insert_keys", statement).execute(db);
    const rowOf = new Map(rows.map((row) => [row.public_id, row]));
    const inserted = apiKeys.flatMap((apiKey) => {
      const row = rowOf.get(apiKey.publicId);
      return row === undefined ? [] : [insertedKeyOf(apiKey, row)];
    });
    const left = apiKeys.filter(({ publicId }) => !rowOf.has(publicId));
    const [written, isTaken] = await Promise.all([
      scheduleNew(db, inserted),
      alone ? left.map(() => true) : Promise.all(left.map((apiKey) => isNameTaken(db, apiKey))),
    ]);
    return { written, taken: left.filter((_, i) => isTaken[i]) };
  },

  async find(db, projectId, publicId) {
    const row = await selectOne(db, projectId, publicId).executeTakeFirst();
    return row && apiKeyOf(row);
  },

  async findLimited(db, projectId, publicId) {
    // On the unique index on (project_id, public_id), in one partition; tiers are few, and whole on every node.
    const row = await db
      .selectFrom("altalune_project_api_keys as key")
      .leftJoin("altalune_tiers as tier", "tier.name", "key.tier")
      .select([
        "key.id",
        "key.tier",
        sql<bigint | null>`coalesce(key.per_minute, tier.per_minute)`.as("per_minute"),
        sql<bigint | null>`coalesce(key.per_day, tier.per_day)`.as("per_day"),
      ])
      .where("key.project_id", "=", projectId)
      .where("key.public_id", "=", publicId)
      .executeTakeFirst();
    return row && { projectId, apiKeyId: row.id, tier: row.tier, rateLimits: rateLimitsOfColumns(row) };
  },

  async lock(db, projectId, publicId) {
    const row = await selectOne(db, projectId, publicId).forUpdate().executeTakeFirst();
    return row && apiKeyOf(row);
  },

  lockAll,

  async list(db, projectId) {
    const rows = await db
      .selectFrom("altalune_project_api_keys")
      .selectAll("altalune_project_api_keys")
      .select([observedAt, lastUsedAt])
      .where("project_id", "=", projectId)
      .orderBy("id", "desc")
      .execute();
    return rows.map(apiKeyOf);
  },

  async idsOfOwner(db, { projectId, ownerId }, limit) {
    // On the index of names, of which the owner is a part, and the primary key.
    const rows = await db
      .selectFrom("altalune_project_api_keys")
      .select("id")
      .where("project_id", "=", projectId)
      .where("owner_id", "=", ownerId)
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  },

  async namesOf(db, projectId, ids) {
    // On the primary key.
    return db
      .selectFrom("altalune_project_api_keys")
      .select(["id", "public_id as publicId", "name"])
      .where("project_id", "=", projectId)
      .where("id", "in", ids)
      .execute();
  },

  query: queryApiKeys,

  findInProjects,

  holdersOf,

  async update(db, apiKey, changes) {
    const end = changes.expiresAt === undefined ? undefined : earliest(apiKey.expiresAt, changes.expiresAt);
    if (end !== undefined && apiKey.previousDigest !== undefined) {
      await endSecret(db, apiKey.previousDigest, end);
    }
    try {
      const updated = await updateOne(db, apiKey, {
        ...columnsOfChanges(changes),
        ...(end && { previous_expires_at: noLaterThan("previous_expires_at", end), ...signingGraceNoLaterThan(end) }),
      });
      return await reschedule(db, updated);
    } catch (error) {
      // The name is the only unique column that an update sets.
      if (isUniqueViolation(error)) {
        return undefined;
      }
      throw error;
    }
  },

  async setActive(db, apiKey, active) {
    return updateOne(db, apiKey, { active });
  },

  async revoke(db, apiKey, reason) {
    const [revoked] = await revokeAll(db, apiKey.projectId, [apiKey.id], reason);
    return present(revoked);
  },

  revokeAll,
  deactivateAll,

  async rotate(db, apiKey, { digest, displayPrefix, previousExpiresAt, expiresAt, rotationPolicy, waits }) {
    if (!waits) {
      await dropWaitingValue(db, apiKey);
    }
    if (apiKey.previousDigest !== undefined) {
      await db.deleteFrom("altalune_api_key_secrets").where("digest", "=", apiKey.previousDigest).execute();
    }
    await endSecret(db, apiKey.digest, previousExpiresAt);
    await db
      .insertInto("altalune_api_key_secrets")
      .values({ digest, project_id: apiKey.projectId, api_key_id: apiKey.id, awaits_use: waits })
      .execute();
    const rotated = await updateOne(db, apiKey, {
      digest,
      display_prefix: displayPrefix,
      previous_digest: apiKey.digest,
      previous_expires_at: previousExpiresAt,
      last_rotated_at: sql`altalune_now()`,
      ...columnsOfChanges({ rotationPolicy }),
      ...(expiresAt && {
        expires_at: expiresAt,
        ...signingGraceNoLaterThan(earliest(apiKey.expiresAt, expiresAt) ?? expiresAt),
      }),
    });
    return reschedule(db, rotated);
  },

  reschedule,

  async rotateSigningSecret(db, apiKey, ciphertext, previousExpiresAt) {
    return updateOne(db, apiKey, {
      signing_secret: ciphertext,
      previous_signing_secret: apiKey.signingSecret ?? null,
      previous_signing_secret_expires_at: apiKey.signingSecret === undefined ? null : previousExpiresAt,
    });
  },

  async delete(db, apiKey) {
    await deleteRows(db, apiKey.projectId, [{ id: apiKey.id, digests: digestsOf(apiKey) }]);
  },

  async deleteSome(db, projectId, limit) {
    const rows = await db
      .selectFrom("altalune_project_api_keys")
      .select(["id", "digest", "previous_digest"])
      .where("project_id", "=", projectId)
      .orderBy("id")
      .limit(limit)
      .forUpdate()
      .execute();
    if (rows.length > 0) {
      await deleteRows(
        db,
        projectId,
        rows.map(({ id, digest, previous_digest }) => ({
          id,
          digests: digestsOf({ digest, previousDigest: previous_digest ?? undefined }),
        })),
      );
    } else {
      // The last use of a key may have been written while the key was being deleted.
      for (const table of ["altalune_api_key_owners", "altalune_api_key_activity"] as const) {
        await db.deleteFrom(table).where("project_id", "=", projectId).execute();
      }
    }
    return rows.length;
  },
};

/** On the index of names, in one partition. It takes no lock: trails are locked by now, and nobody is to be waited for any more. */
async function isNameTaken(db: Executor, { projectId, ownerId, name }: NewApiKey): Promise<boolean> {
  const row = await db
    .selectFrom("altalune_project_api_keys")
    .select("id")
    .where("project_id", "=", projectId)
    .where("owner_id", "=", ownerId)
    .where("name", "=", name)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return row !== undefined;
}

/** On the unique index on (project_id, public_id), in one partition. */
function selectOne(db: Executor, projectId: bigint, publicId: string) {
  return db
    .selectFrom("altalune_project_api_keys")
    .selectAll("altalune_project_api_keys")
    .select([observedAt, lastUsedAt])
    .where("project_id", "=", projectId)
    .where("public_id", "=", publicId);
}

async function updateOne(
  db: Executor,
  apiKey: ApiKey,
  columns: UpdateObject<Database, "altalune_project_api_keys">,
): Promise<ApiKey> {
  const [updated] = await updateAll(db, apiKey.projectId, [apiKey.id], columns);
  return present(updated);
}

/** What is written of a key whose row is locked. */
function present(apiKey: ApiKey | undefined): ApiKey {
  if (apiKey === undefined) {
    throw new Error("a key whose row was locked is not there");
  }
  return apiKey;
}

/** Ends a value at a time; one that ends before that stays as it is. */
async function endSecret(db: Executor, digest: Buffer, at: Date): Promise<void> {
  await db
    .updateTable("altalune_api_key_secrets")
    .set({ expires_at: at })
    .where("digest", "=", digest)
    .where("expires_at", ">", at)
    .execute();
}

/** The earlier of a column's time and another; a column without a time stays so. */
function noLaterThan(column: "previous_expires_at" | "previous_signing_secret_expires_at", end: Date) {
  return sql<Date | null>`case when ${sql.ref(column)} > ${end}::timestamptz then ${end}::timestamptz else ${sql.ref(column)} end`;
}

/** A signing secret that was rotated away ends with the key, and no new expiration of the key brings it back. */
function signingGraceNoLaterThan(end: Date) {
  return { previous_signing_secret_expires_at: noLaterThan("previous_signing_secret_expires_at", end) };
}

/** Any order will do, so long as every transaction locks owners in the same. */
function byOwner(a: Owner, b: Owner): number {
  return a.projectId === b.projectId ? compare(a.ownerId, b.ownerId) : compare(a.projectId, b.projectId);
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function digestsOf({ digest, previousDigest }: Pick<ApiKey, "digest" | "previousDigest">): readonly Buffer[] {
  return previousDigest === undefined ? [digest] : [digest, previousDigest];
}

async function deleteRows(
  db: Executor,
  projectId: bigint,
  keys: readonly { readonly id: bigint; readonly digests: readonly Buffer[] }[],
): Promise<void> {
  const ids = keys.map(({ id }) => id);
  await db
    .deleteFrom("altalune_waiting_values")
    .where("project_id", "=", projectId)
    .where("api_key_id", "in", ids)
    .execute();
  // Sorted by primary key, so that two such statements cannot lock each other out.
  const digests = keys.flatMap((key) => key.digests).sort(Buffer.compare);
  await db.deleteFrom("altalune_api_key_secrets").where("digest", "in", digests).execute();
  // What was granted of a limit stays: an instance that has not heard yet would be granted it again. What was last used goes
  // in the order in which a batch of usage locks its rows.
  await db
    .deleteFrom("altalune_api_key_activity")
    .where("project_id", "=", projectId)
    .where("api_key_id", "in", (rows) =>
      rows
        .selectFrom("altalune_api_key_activity")
        .select("api_key_id")
        .where("project_id", "=", projectId)
        .where("api_key_id", "in", ids)
        .orderBy("api_key_id")
        .forUpdate(),
    )
    .execute();
  await db.deleteFrom("altalune_project_api_keys").where("project_id", "=", projectId).where("id", "in", ids).execute();
}
