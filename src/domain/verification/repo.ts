import { type InferResult, sql } from "kysely";
import { emptySlots } from "../../platform/object-slot.js";
import type { Executor } from "../../platform/postgres/database.js";
import type { Metadata } from "../api_key/model.js";
import type { VerificationStore } from "./interface.js";
import type { KeyRecord } from "./model.js";
import { SharedValues } from "./shared-values.js";

const shared = new SharedValues();

export const verificationRepo: VerificationStore = {
  async findByDigest(db, digest) {
    const askedAt = performance.now();
    // On the primary key of the digest's partition.
    const secret = await db
      .selectFrom("altalune_api_key_secrets")
      .select(["digest", "project_id", "api_key_id", "expires_at", "awaits_use"])
      .where("digest", "=", digest)
      .executeTakeFirst();
    if (secret === undefined) {
      return undefined;
    }
    // On the primary key of the project's partition.
    const key = await selectKeys(db)
      .where("key.project_id", "=", secret.project_id)
      .where("key.id", "=", secret.api_key_id)
      .executeTakeFirst();
    return key && recordOf(key, secret, askedAt);
  },

  async findByDigests(db, digests) {
    const askedAt = performance.now();
    const secrets = await db
      .selectFrom("altalune_api_key_secrets")
      .select(["digest", "project_id", "api_key_id", "expires_at", "awaits_use"])
      .where(sql<boolean>`digest = any(${digests}::bytea[])`)
      .execute();
    // Numbers in an array's own spelling: the driver would escape each.
    const projectIds = `{${secrets.map((secret) => secret.project_id).join(",")}}`;
    const projects = `{${[...new Set(secrets.map((secret) => secret.project_id))].join(",")}}`;
    const keyIds = `{${secrets.map((secret) => secret.api_key_id).join(",")}}`;
    // The list of projects leaves few partitions to plan for: to plan the join for all takes ten times as long as to run it.
    const keys = await selectKeys(db)
      .innerJoin(
        sql<{ project_id: bigint; id: bigint }>`unnest(${projectIds}::bigint[], ${keyIds}::bigint[])`.as<"wanted">(
          sql`wanted (project_id, id)`,
        ),
        (join) => join.onRef("wanted.project_id", "=", "key.project_id").onRef("wanted.id", "=", "key.id"),
      )
      .where(sql<boolean>`key.project_id = any(${projects}::bigint[])`)
      .execute();
    const keysById = new Map(keys.map((key) => [key.id, key]));
    const records = new Map<string, KeyRecord>();
    for (const secret of secrets) {
      const key = keysById.get(secret.api_key_id);
      if (key !== undefined) {
        records.set(secret.digest.toString("base64"), recordOf(key, secret, askedAt));
      }
    }
    return records;
  },

  async findSigningKey(db, projectPublicId, apiKeyPublicId) {
    const askedAt = performance.now();
    const project = await db
      .selectFrom("altalune_projects")
      .select("id")
      .where("public_id", "=", projectPublicId)
      .executeTakeFirst();
    if (project === undefined) {
      return undefined;
    }
    // On the unique index on (project_id, public_id), in one partition.
    const key = await selectKeys(db)
      .select(["key.signing_secret", "key.previous_signing_secret", "key.previous_signing_secret_expires_at"])
      .where("key.project_id", "=", project.id)
      .where("key.public_id", "=", apiKeyPublicId)
      .executeTakeFirst();
    return (
      key && {
        ...recordOf(key, undefined, askedAt),
        signingSecret: key.signing_secret ?? undefined,
        previousSigningSecret: key.previous_signing_secret ?? undefined,
        previousSigningSecretExpiresAt: key.previous_signing_secret_expires_at ?? undefined,
        observedAt: key.observed_at,
      }
    );
  },
};

/** Keys with their projects and tiers, which are few, and whole on every node. */
function selectKeys(db: Executor) {
  return db
    .selectFrom("altalune_project_api_keys as key")
    .innerJoin("altalune_projects as project", "project.id", "key.project_id")
    .leftJoin("altalune_tiers as tier", "tier.name", "key.tier")
    .select([
      "key.project_id",
      "project.public_id as project_public_id",
      "key.id",
      "key.public_id",
      "key.name",
      "key.owner_id",
      "key.scopes",
      "key.tier",
      "key.metadata",
      "key.active",
      "key.revoked_at",
      "key.expires_at",
      "key.reachable_project_ids",
      sql<bigint | null>`coalesce(key.per_minute, tier.per_minute)`.as("per_minute"),
      sql<bigint | null>`coalesce(key.per_day, tier.per_day)`.as("per_day"),
      sql<Date>`altalune_now()`.as("observed_at"),
    ])
    .where("project.deleted_at", "is", null);
}

interface PresentedSecret {
  readonly digest: Buffer;
  /** The end of a predecessor's grace; infinity for a current value. */
  readonly expires_at: Date | number;
  readonly awaits_use: boolean;
}

type KeyRow = InferResult<ReturnType<typeof selectKeys>>[number];

/**
 * @param secret the value that was presented; undefined: none, where the key signs
 * @param askedAt when the database was asked, by the monotonic clock
 */
function recordOf(key: KeyRow, secret: PresentedSecret | undefined, askedAt: number): KeyRecord {
  const ends = [key.expires_at, secret?.expires_at].filter((end) => end instanceof Date);
  return {
    slots: emptySlots(),
    projectId: shared.number(key.project_id),
    projectPublicId: shared.text(key.project_public_id),
    apiKeyId: key.id,
    apiKeyPublicId: key.public_id,
    name: key.name,
    ownerId: key.owner_id,
    scopes: shared.list(key.scopes),
    tier: shared.text(key.tier),
    metadata: (key.metadata as Metadata | null) ?? undefined,
    active: key.active,
    revoked: key.revoked_at !== null,
    expiresAtMs: ends.length === 0 ? undefined : Math.min(...ends.map((end) => end.getTime())),
    rateLimits: shared.limits(key),
    unusedDigest: secret?.awaits_use ? secret.digest : undefined,
    reachableProjectIds: key.reachable_project_ids ?? undefined,
    clockOffsetMs: key.observed_at.getTime() - askedAt,
  };
}
