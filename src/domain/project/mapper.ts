import { create, type JsonObject } from "@bufbuild/protobuf";
import { type Duration, durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  NoticeKind as NoticeKindMessage,
  type Notices as NoticesMessage,
  NoticesSchema,
} from "../../../gen/altalune/v1/notice_pb.js";
import {
  type Branding as BrandingMessage,
  BrandingSchema,
  type CreateProjectRequest,
  ExposurePolicy as ExposurePolicyMessage,
  type OwnerAccess as OwnerAccessMessage,
  OwnerAccessSchema,
  type Project as ProjectMessage,
  ProjectSchema,
  SuspiciousPolicy as SuspiciousPolicyMessage,
  type TrustedIssuer as TrustedIssuerMessage,
  TrustedIssuerSchema,
  type UpdateProjectRequest,
  UpdateProjectRequestSchema,
} from "../../../gen/altalune/v1/project_pb.js";
import { maxJsonBytes, textRules } from "../../platform/field-rules.js";
import { InvalidFieldError } from "../domain-error.js";
import { etagOf } from "../etag/model.js";
import { type FieldReaders, readChanges } from "../field-mask.js";
import { type NoticeKind, type NoticeSettings, noticeDefaults } from "../notice/model.js";
import { type EveryField, msFromDuration, optionalPolicyFromProto, policyToProto } from "../proto-values.js";
import {
  type ExposurePolicy,
  type Project,
  type ProjectSettings,
  projectDefaults,
  type SuspiciousPolicy,
} from "./model.js";
import type { Branding, OwnerAccess, TrustedIssuer } from "./owner-access.js";

export function projectToProto(project: Project): ProjectMessage {
  return create(ProjectSchema, {
    id: project.publicId,
    name: project.name,
    keyPrefix: project.keyPrefix,
    maxKeysPerOwner: project.maxKeysPerOwner,
    allowNeverExpires: project.allowNeverExpires,
    defaultScopes: [...project.defaultScopes],
    defaultTier: project.defaultTier,
    ownerAccess: project.ownerAccess && ownerAccessToProto(project.ownerAccess),
    rotationPolicy: project.rotationPolicy && policyToProto(project.rotationPolicy),
    etag: etagOf(project),
    exposurePolicy: exposurePolicyToProto(project.exposurePolicy),
    suspiciousPolicy: suspiciousPolicies[project.suspiciousPolicy],
    contactEmails: [...project.contactEmails],
    notices: noticesToProto(project.notices),
    createdAt: timestampFromDate(project.createdAt),
    updatedAt: timestampFromDate(project.updatedAt),
  } satisfies EveryField<ProjectMessage>);
}

export function settingsFromProto(request: CreateProjectRequest): ProjectSettings {
  return {
    name: request.name,
    keyPrefix: request.keyPrefix || projectDefaults.keyPrefix,
    maxKeysPerOwner: request.maxKeysPerOwner ?? projectDefaults.maxKeysPerOwner,
    allowNeverExpires: request.allowNeverExpires,
    defaultScopes: request.defaultScopes,
    defaultTier: request.defaultTier,
    ownerAccess: request.ownerAccess && ownerAccessFromProto(request.ownerAccess),
    rotationPolicy: optionalPolicyFromProto(request.rotationPolicy),
    exposurePolicy: exposurePolicyFromProto(request.exposurePolicy),
    suspiciousPolicy: suspiciousPolicyFromProto(request.suspiciousPolicy),
    contactEmails: contactEmailsFromProto(request.contactEmails),
    notices: noticesFromProto(request.notices),
  };
}

/** The fields named in the mask, or without a mask those that are set. */
export function changesFromProto(request: UpdateProjectRequest): Partial<ProjectSettings> {
  return readChanges(request.updateMask?.paths, updatableFields, request);
}

const updatableFields: FieldReaders<UpdateProjectRequest, "projectId" | "etag", Partial<ProjectSettings>> = {
  name: {
    isSet: ({ name }) => name !== "",
    read: ({ name }) => ({ name }),
    required: textRules(UpdateProjectRequestSchema.field.name).sentences.join("; "),
  },
  key_prefix: {
    isSet: ({ keyPrefix }) => keyPrefix !== "",
    read: ({ keyPrefix }) => ({ keyPrefix: keyPrefix || projectDefaults.keyPrefix }),
  },
  max_keys_per_owner: {
    isSet: ({ maxKeysPerOwner }) => maxKeysPerOwner !== undefined,
    read: ({ maxKeysPerOwner }) => ({ maxKeysPerOwner: maxKeysPerOwner ?? projectDefaults.maxKeysPerOwner }),
  },
  allow_never_expires: {
    isSet: ({ allowNeverExpires }) => allowNeverExpires !== undefined,
    read: ({ allowNeverExpires }) => ({ allowNeverExpires: allowNeverExpires ?? projectDefaults.allowNeverExpires }),
  },
  default_scopes: {
    isSet: ({ defaultScopes }) => defaultScopes.length > 0,
    read: ({ defaultScopes }) => ({ defaultScopes }),
  },
  default_tier: {
    isSet: ({ defaultTier }) => defaultTier !== "",
    read: ({ defaultTier }) => ({ defaultTier }),
  },
  owner_access: {
    isSet: ({ ownerAccess }) => ownerAccess !== undefined,
    read: ({ ownerAccess }) => ({ ownerAccess: ownerAccess && ownerAccessFromProto(ownerAccess) }),
  },
  rotation_policy: {
    isSet: ({ rotationPolicy }) => rotationPolicy !== undefined,
    read: ({ rotationPolicy }) => ({ rotationPolicy: optionalPolicyFromProto(rotationPolicy) }),
  },
  exposure_policy: {
    isSet: ({ exposurePolicy }) => exposurePolicy !== ExposurePolicyMessage.UNSPECIFIED,
    read: ({ exposurePolicy }) => ({ exposurePolicy: exposurePolicyFromProto(exposurePolicy) }),
  },
  suspicious_policy: {
    isSet: ({ suspiciousPolicy }) => suspiciousPolicy !== SuspiciousPolicyMessage.UNSPECIFIED,
    read: ({ suspiciousPolicy }) => ({ suspiciousPolicy: suspiciousPolicyFromProto(suspiciousPolicy) }),
  },
  contact_emails: {
    isSet: ({ contactEmails }) => contactEmails.length > 0,
    read: ({ contactEmails }) => ({ contactEmails: contactEmailsFromProto(contactEmails) }),
  },
  notices: {
    isSet: ({ notices }) => notices !== undefined,
    read: ({ notices }) => ({ notices: noticesFromProto(notices) }),
  },
};

const exposurePolicies: Readonly<Record<ExposurePolicy, ExposurePolicyMessage>> = {
  notify: ExposurePolicyMessage.NOTIFY,
  deactivate: ExposurePolicyMessage.DEACTIVATE,
  revoke: ExposurePolicyMessage.REVOKE,
};

export function exposurePolicyToProto(policy: ExposurePolicy): ExposurePolicyMessage {
  return exposurePolicies[policy];
}

/** The validator has made sure that it is a known one, if any. */
function exposurePolicyFromProto(message: ExposurePolicyMessage): ExposurePolicy {
  switch (message) {
    case ExposurePolicyMessage.DEACTIVATE:
      return "deactivate";
    case ExposurePolicyMessage.REVOKE:
      return "revoke";
    case ExposurePolicyMessage.NOTIFY:
    case ExposurePolicyMessage.UNSPECIFIED:
      return projectDefaults.exposurePolicy;
    default: {
      const unreachable: never = message;
      return unreachable;
    }
  }
}

const suspiciousPolicies: Readonly<Record<SuspiciousPolicy, SuspiciousPolicyMessage>> = {
  notify: SuspiciousPolicyMessage.NOTIFY,
  deactivate: SuspiciousPolicyMessage.DEACTIVATE,
};

function suspiciousPolicyFromProto(message: SuspiciousPolicyMessage): SuspiciousPolicy {
  switch (message) {
    case SuspiciousPolicyMessage.DEACTIVATE:
      return "deactivate";
    case SuspiciousPolicyMessage.NOTIFY:
    case SuspiciousPolicyMessage.UNSPECIFIED:
      return projectDefaults.suspiciousPolicy;
    default: {
      const unreachable: never = message;
      return unreachable;
    }
  }
}

/** One address that is written twice, in other letters, is one. */
function contactEmailsFromProto(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.map((address) => address.toLowerCase()))];
}

const noticeKindsToProto: Readonly<Record<NoticeKind, NoticeKindMessage>> = {
  expiring: NoticeKindMessage.EXPIRING,
  expired: NoticeKindMessage.EXPIRED,
  rotation_due: NoticeKindMessage.ROTATION_DUE,
  exposed: NoticeKindMessage.EXPOSED,
  suspicious: NoticeKindMessage.SUSPICIOUS,
  webhook_disabled: NoticeKindMessage.WEBHOOK_DISABLED,
  unclaimed: NoticeKindMessage.UNCLAIMED,
};

const noticeKindsFromProto = new Map(
  Object.entries(noticeKindsToProto).map(([kind, message]) => [message, kind as NoticeKind]),
);

function noticesToProto({ expiringDays, rotationDueAfterMs, muted }: NoticeSettings): NoticesMessage {
  return create(NoticesSchema, {
    expiringDays: [...expiringDays],
    rotationDueAfter: durationFromMs(rotationDueAfterMs),
    muted: muted.map((kind) => noticeKindsToProto[kind]),
  } satisfies EveryField<NoticesMessage>);
}

/** The validator has made sure that all kinds are known. */
function noticesFromProto(message: NoticesMessage | undefined): NoticeSettings {
  const { expiringDays = [], rotationDueAfter, muted = [] } = message ?? {};
  return {
    expiringDays: expiringDays.length === 0 ? noticeDefaults.expiringDays : expiringDays,
    rotationDueAfterMs:
      rotationDueAfter === undefined ? noticeDefaults.rotationDueAfterMs : msFromDuration(rotationDueAfter),
    muted: muted.flatMap((kind) => noticeKindsFromProto.get(kind) ?? []),
  };
}

const maxJwksBytes = maxJsonBytes(TrustedIssuerSchema.field.jwks);

function ownerAccessToProto(access: OwnerAccess): OwnerAccessMessage {
  return create(OwnerAccessSchema, {
    trustedIssuers: access.trustedIssuers.map(issuerToProto),
    allowUsers: access.allowUsers,
    ownerScopes: [...access.ownerScopes],
    maxLifetime: optionalDuration(access.maxLifetimeMs),
    defaultLifetime: optionalDuration(access.defaultLifetimeMs),
    defaultTier: access.defaultTier,
    origins: [...access.origins],
    branding: access.branding && brandingToProto(access.branding),
  } satisfies EveryField<OwnerAccessMessage>);
}

function issuerToProto({ issuer, audience, keys, ownerClaim, algorithms }: TrustedIssuer): TrustedIssuerMessage {
  return create(TrustedIssuerSchema, {
    issuer,
    audience,
    jwksUri: "jwksUri" in keys ? keys.jwksUri : "",
    jwks: "jwks" in keys ? (keys.jwks as JsonObject) : undefined,
    ownerClaim,
    algorithms: [...algorithms],
  } satisfies EveryField<TrustedIssuerMessage>);
}

export function brandingToProto({ name, color, logo }: Branding): BrandingMessage {
  return create(BrandingSchema, { name, color, logo } satisfies EveryField<BrandingMessage>);
}

function ownerAccessFromProto(access: OwnerAccessMessage): OwnerAccess {
  const { branding } = access;
  return {
    trustedIssuers: access.trustedIssuers.map(issuerFromProto),
    allowUsers: access.allowUsers,
    ownerScopes: access.ownerScopes,
    maxLifetimeMs: access.maxLifetime && msFromDuration(access.maxLifetime),
    defaultLifetimeMs: access.defaultLifetime && msFromDuration(access.defaultLifetime),
    defaultTier: access.defaultTier,
    origins: access.origins,
    branding: branding && { name: branding.name, color: branding.color, logo: Buffer.from(branding.logo) },
  };
}

function issuerFromProto(message: TrustedIssuerMessage): TrustedIssuer {
  const { issuer, audience, jwksUri, jwks, ownerClaim, algorithms } = message;
  if (jwks !== undefined && Buffer.byteLength(JSON.stringify(jwks)) > maxJwksBytes) {
    throw new InvalidFieldError("owner_access.trusted_issuers.jwks", `must be at most ${maxJwksBytes} bytes as JSON`);
  }
  return { issuer, audience, keys: jwks === undefined ? { jwksUri } : { jwks }, ownerClaim, algorithms };
}

function optionalDuration(ms: number | undefined): Duration | undefined {
  return ms === undefined ? undefined : durationFromMs(ms);
}
