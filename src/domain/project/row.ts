import type { Selectable } from "kysely";
import type { ProjectsTable } from "../../platform/postgres/tables/projects.js";
import { noticesOfStored, storedNotices } from "../notice/stored-settings.js";
import { policyOfStored, storedPolicy } from "../rotation/stored-policy.js";
import {
  type ExposurePolicy,
  exposurePolicyNumbers,
  type Project,
  type ProjectSettings,
  type SuspiciousPolicy,
  suspiciousPolicyNumbers,
} from "./model.js";
import type { OwnerAccess, TrustedIssuer } from "./owner-access.js";

/** What is read of a project, but for how its owners come in, of which most need a part. */
export const projectColumns = [
  "id",
  "public_id",
  "name",
  "key_prefix",
  "max_keys_per_owner",
  "allow_never_expires",
  "default_scopes",
  "default_tier",
  "rotation_policy",
  "exposure_policy",
  "suspicious_policy",
  "contact_emails",
  "notices",
  "created_at",
  "updated_at",
  "version",
] as const;

export type ProjectRow = Pick<Selectable<ProjectsTable>, (typeof projectColumns)[number] | "owner_access">;

/** How owners' access is stored: what an older instance does not know it leaves out when it writes. */
interface StoredOwnerAccess {
  readonly trusted_issuers: readonly TrustedIssuer[];
  readonly allow_users: boolean;
  readonly owner_scopes: readonly string[];
  readonly max_lifetime_ms?: number;
  readonly default_lifetime_ms?: number;
  readonly default_tier: string;
  readonly origins: readonly string[];
  readonly branding?: { readonly name: string; readonly color: string; readonly logo?: string };
}

const exposurePolicies = new Map(
  Object.entries(exposurePolicyNumbers).map(([policy, number]) => [number, policy as ExposurePolicy]),
);

const suspiciousPolicies = new Map(
  Object.entries(suspiciousPolicyNumbers).map(([policy, number]) => [number, policy as SuspiciousPolicy]),
);

export function projectOf(row: ProjectRow): Project {
  return {
    id: row.id,
    publicId: row.public_id,
    name: row.name,
    keyPrefix: row.key_prefix,
    maxKeysPerOwner: Number(row.max_keys_per_owner),
    allowNeverExpires: row.allow_never_expires,
    defaultScopes: row.default_scopes,
    defaultTier: row.default_tier,
    ownerAccess: row.owner_access === null ? undefined : ownerAccessOf(row.owner_access as StoredOwnerAccess),
    rotationPolicy: policyOfStored(row.rotation_policy),
    // One of a newer version does no more than is known here.
    exposurePolicy: exposurePolicies.get(row.exposure_policy) ?? "notify",
    suspiciousPolicy: suspiciousPolicies.get(row.suspicious_policy) ?? "notify",
    contactEmails: row.contact_emails,
    notices: noticesOfStored(row.notices),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function columnsOf(settings: ProjectSettings) {
  return {
    name: settings.name,
    key_prefix: settings.keyPrefix,
    max_keys_per_owner: BigInt(settings.maxKeysPerOwner),
    allow_never_expires: settings.allowNeverExpires,
    default_scopes: [...settings.defaultScopes],
    default_tier: settings.defaultTier,
    owner_access: settings.ownerAccess === undefined ? null : JSON.stringify(storedOwnerAccess(settings.ownerAccess)),
    rotation_policy:
      settings.rotationPolicy === undefined ? null : JSON.stringify(storedPolicy(settings.rotationPolicy)),
    exposure_policy: exposurePolicyNumbers[settings.exposurePolicy],
    suspicious_policy: suspiciousPolicyNumbers[settings.suspiciousPolicy],
    contact_emails: [...settings.contactEmails],
    notices: JSON.stringify(storedNotices(settings.notices)),
  };
}

function ownerAccessOf(stored: StoredOwnerAccess): OwnerAccess {
  const { branding } = stored;
  return {
    trustedIssuers: stored.trusted_issuers,
    allowUsers: stored.allow_users,
    ownerScopes: stored.owner_scopes,
    maxLifetimeMs: stored.max_lifetime_ms,
    defaultLifetimeMs: stored.default_lifetime_ms,
    defaultTier: stored.default_tier,
    origins: stored.origins,
    branding: branding && { ...branding, logo: Buffer.from(branding.logo ?? "", "base64") },
  };
}

function storedOwnerAccess(access: OwnerAccess) {
  const { branding } = access;
  return {
    trusted_issuers: access.trustedIssuers,
    allow_users: access.allowUsers,
    owner_scopes: access.ownerScopes,
    max_lifetime_ms: access.maxLifetimeMs,
    default_lifetime_ms: access.defaultLifetimeMs,
    default_tier: access.defaultTier,
    origins: access.origins,
    branding: branding && { ...branding, logo: branding.logo.toString("base64") },
  };
}
