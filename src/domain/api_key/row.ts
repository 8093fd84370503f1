import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { ProjectApiKeysTable } from "../../platform/postgres/tables/project-api-keys.js";
import { columnsOfRateLimits, rateLimitsOfColumns } from "../rate_limit/columns.js";
import { policyOfStored, storedPolicy } from "../rotation/stored-policy.js";
import {
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeySettings,
  type Metadata,
  type NewApiKey,
  type RevocationReason,
  revocationReasonNumbers,
  revocationReasonOf,
} from "./model.js";

/** A key's row, the time it was read at, and its activity. */
export type ApiKeyRow = Selectable<ProjectApiKeysTable> & { observed_at: Date; last_used_at: Date | null };

export const observedAt = sql<Date>`altalune_now()`.as("observed_at");

/** A look-up of its own a row, on the primary key, so that the keys' own plan stays simple. */
export const lastUsedAt = sql<Date | null>`(
  select activity.last_used_at from altalune_api_key_activity as activity
  where activity.project_id = altalune_project_api_keys.project_id and activity.api_key_id = altalune_project_api_keys.id
)`.as("last_used_at");

export function apiKeyOf(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    projectId: row.project_id,
    publicId: row.public_id,
    name: row.name,
    ownerId: row.owner_id,
    displayPrefix: row.display_prefix,
    digest: row.digest,
    previousDigest: row.previous_digest ?? undefined,
    previousExpiresAt: row.previous_expires_at ?? undefined,
    scopes: row.scopes,
    tier: row.tier,
    rateLimits: rateLimitsOfColumns(row),
    metadata: (row.metadata as Metadata | null) ?? undefined,
    rotationPolicy: policyOfStored(row.rotation_policy),
    nextRotationAt: row.next_rotation_at ?? undefined,
    active: row.active,
    expiresAt: row.expires_at instanceof Date ? row.expires_at : undefined,
    revokedAt: row.revoked_at ?? undefined,
    revocationReason: row.revocation_reason === null ? undefined : revocationReasonOf(row.revocation_reason),
    lastRotatedAt: row.last_rotated_at ?? undefined,
    signingSecret: row.signing_secret ?? undefined,
    previousSigningSecretExpiresAt: row.previous_signing_secret_expires_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    reachableProjectIds: row.reachable_project_ids ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
    observedAt: row.observed_at,
  };
}

/** What the database adds to a new key. */
export type InsertedRow = Pick<ApiKeyRow, "id" | "public_id" | "created_at" | "updated_at" | "version" | "observed_at">;

/** A new key as its row now is. Its settings are as they were given: to read them back would cost more than the rest. */
export function insertedKeyOf(newKey: NewApiKey, row: InsertedRow): ApiKey {
  return {
    ...newKey,
    id: row.id,
    previousDigest: undefined,
    previousExpiresAt: undefined,
    active: true,
    revokedAt: undefined,
    revocationReason: undefined,
    lastRotatedAt: undefined,
    nextRotationAt: undefined,
    previousSigningSecretExpiresAt: undefined,
    lastUsedAt: undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
    observedAt: row.observed_at,
  };
}

/** The columns of all settings, as a new key has them. */
export function columnsOfSettings(settings: ApiKeySettings): SettingColumns {
  return Object.assign({}, ...settingNames.map((name) => columnsOf(name, settings[name])));
}

/** The columns of the settings that are changed. */
export function columnsOfChanges(changes: ApiKeyChanges): Updateable<ProjectApiKeysTable> {
  const changed = settingNames.filter((name) => changes[name] !== undefined);
  return Object.assign({}, ...changed.map((name) => columnsOf(name, changes[name] ?? undefined)));
}

type SettingColumns = Pick<
  Insertable<ProjectApiKeysTable>,
  | "name"
  | "expires_at"
  | "scopes"
  | "tier"
  | keyof ReturnType<typeof columnsOfRateLimits>
  | "metadata"
  | "rotation_policy"
>;

/** How each setting is written. */
const settingColumns: {
  readonly [Name in keyof ApiKeySettings]: (value: ApiKeySettings[Name]) => Updateable<ProjectApiKeysTable>;
} = {
  name: (name) => ({ name }),
  expiresAt: (expiresAt) => ({ expires_at: expiresAt ?? "infinity" }),
  scopes: (scopes) => ({ scopes: [...scopes] }),
  tier: (tier) => ({ tier }),
  rateLimits: columnsOfRateLimits,
  metadata: (metadata) => ({ metadata: metadata ?? null }),
  rotationPolicy: (policy) => ({ rotation_policy: storedPolicy(policy) }),
};

const settingNames = Object.keys(settingColumns) as (keyof ApiKeySettings)[];

function columnsOf<Name extends keyof ApiKeySettings>(name: Name, value: ApiKeySettings[Name]) {
  return settingColumns[name](value);
}

export function columnsOfRevocation(reason: RevocationReason) {
  return { revoked_at: sql<Date>`altalune_now()`, revocation_reason: revocationReasonNumbers[reason] };
}
