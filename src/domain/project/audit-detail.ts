import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Detail } from "../audit/model.js";
import type { NoticeSettings } from "../notice/model.js";
import { policyDetail } from "../rotation/audit-detail.js";
import type { ProjectSettings } from "./model.js";
import type { OwnerAccess, TrustedIssuer } from "./owner-access.js";

/** What the trail keeps of what a client decided of a project. */
export function detailOfSettings(settings: Partial<ProjectSettings>): Detail {
  return {
    name: settings.name,
    key_prefix: settings.keyPrefix,
    max_keys_per_owner: settings.maxKeysPerOwner,
    allow_never_expires: settings.allowNeverExpires,
    default_scopes: settings.defaultScopes,
    default_tier: settings.defaultTier,
    exposure_policy: settings.exposurePolicy,
    suspicious_policy: settings.suspiciousPolicy,
    contact_emails: settings.contactEmails,
    notices: settings.notices && noticesDetail(settings.notices),
    ...("ownerAccess" in settings && {
      owner_access: settings.ownerAccess ? accessDetail(settings.ownerAccess) : null,
    }),
    ...("rotationPolicy" in settings && { rotation_policy: policyDetail(settings.rotationPolicy ?? null) }),
  };
}

function noticesDetail({ expiringDays, rotationDueAfterMs, muted }: NoticeSettings): Detail {
  return { expiring_days: expiringDays, rotation_due_after_seconds: rotationDueAfterMs / 1000, muted };
}

/** Keys and pictures by what tells them from others. */
function accessDetail({ trustedIssuers, branding, ...access }: OwnerAccess): Detail {
  return {
    trusted_issuers: trustedIssuers.map(issuerDetail),
    allow_users: access.allowUsers,
    owner_scopes: access.ownerScopes,
    max_lifetime_seconds: seconds(access.maxLifetimeMs),
    default_lifetime_seconds: seconds(access.defaultLifetimeMs),
    default_tier: access.defaultTier,
    origins: access.origins,
    branding: branding && { name: branding.name, color: branding.color, logo_bytes: branding.logo.byteLength },
  };
}

function issuerDetail({ issuer, audience, keys, ownerClaim, algorithms }: TrustedIssuer): Detail {
  const of = "jwks" in keys ? { jwks_sha256: sha256(canonicalize(keys.jwks) ?? "") } : { jwks_uri: keys.jwksUri };
  return { issuer, audience, ...of, owner_claim: ownerClaim || "sub", algorithms };
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
