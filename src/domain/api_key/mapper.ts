import { create, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { type Duration, timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type ApiKey as ApiKeyMessage,
  ApiKeySchema,
  ApiKeyStatus as ApiKeyStatusMessage,
  type CreateApiKeyRequest,
  type FindApiKeysRequest,
  RevocationReason as RevocationReasonMessage,
  type UpdateApiKeyRequest,
  UpdateApiKeyRequestSchema,
} from "../../../gen/altalune/v1/api_key_pb.js";
import { maxJsonBytes, textRules } from "../../platform/field-rules.js";
import { InvalidFieldError } from "../domain-error.js";
import { etagOf } from "../etag/model.js";
import { type FieldReaders, readChanges } from "../field-mask.js";
import {
  dateFromTimestamp,
  type EveryField,
  msFromDuration,
  optionalDate,
  optionalPolicyFromProto,
  optionalTimestamp,
  policyToProto,
  rateLimitsFromProto,
  rateLimitsToProto,
} from "../proto-values.js";
import {
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeyRequest,
  type ApiKeyStatus,
  type KeyLookup,
  type Metadata,
  maxMetadataLevels,
  type RevocationReason,
  statusAt,
} from "./model.js";

const maxMetadataBytes = maxJsonBytes(ApiKeySchema.field.metadata);

/** What is told of a value that was claimed. */
export const claimedMessage =
  "store the new value now: it can be claimed until it is first used, and until the grace of the one before ends";

/** @param projectPublicId the public id of the key's project, which the key itself does not know */
export function apiKeyToProto(apiKey: ApiKey, projectPublicId: string): ApiKeyMessage {
  return create(ApiKeySchema, {
    id: apiKey.publicId,
    name: apiKey.name,
    expiration: optionalTimestamp(apiKey.expiresAt),
    active: apiKey.active,
    keyPrefix: apiKey.displayPrefix,
    ownerId: apiKey.ownerId,
    scopes: [...apiKey.scopes],
    tier: apiKey.tier,
    rateLimits: rateLimitsToProto(apiKey.rateLimits),
    status: statusToProto[statusAt(apiKey, apiKey.observedAt)],
    lastUsedAt: optionalTimestamp(apiKey.lastUsedAt),
    revokedAt: optionalTimestamp(apiKey.revokedAt),
    revocationReason: apiKey.revocationReason && reasonToProto[apiKey.revocationReason],
    metadata: apiKey.metadata as JsonObject | undefined,
    lastRotatedAt: optionalTimestamp(apiKey.lastRotatedAt),
    hasSigningSecret: apiKey.signingSecret !== undefined,
    projectId: projectPublicId,
    previousKeyExpiresAt: optionalTimestamp(apiKey.previousExpiresAt),
    etag: etagOf(apiKey),
    rotationPolicy: apiKey.rotationPolicy && policyToProto(apiKey.rotationPolicy),
    nextRotationAt: optionalTimestamp(apiKey.nextRotationAt),
    createdAt: timestampFromDate(apiKey.createdAt),
    updatedAt: timestampFromDate(apiKey.updatedAt),
  } satisfies EveryField<ApiKeyMessage>);
}

/** The validator has made sure that one is given. */
export function lookupFromProto({ keyPrefix, apiKeyId, digest }: FindApiKeysRequest): KeyLookup {
  if (digest.length > 0) {
    return { digest: Buffer.from(digest) };
  }
  return apiKeyId === "" ? { displayPrefix: keyPrefix } : { publicId: apiKeyId };
}

export function requestFromProto(request: CreateApiKeyRequest): ApiKeyRequest {
  return {
    name: request.name,
    expiresAt: optionalDate(request.expiration),
    ownerId: request.ownerId,
    scopes: request.scopes,
    tier: request.tier,
    rateLimits: rateLimitsFromProto(request.rateLimits),
    metadata: metadataFromProto(request.metadata),
    rotationPolicy: optionalPolicyFromProto(request.rotationPolicy),
    withSigningSecret: request.withSigningSecret,
  };
}

/** The fields named in the mask, or without a mask those that are set. */
export function changesFromProto(request: UpdateApiKeyRequest): ApiKeyChanges {
  return readChanges(request.updateMask?.paths, updatableFields, request);
}

export function graceFromProto(grace: Duration | undefined): number {
  return grace === undefined ? 0 : msFromDuration(grace);
}

export function reasonFromProto(reason: RevocationReasonMessage): RevocationReason {
  const known = reasonOfProto[reason];
  if (known === undefined) {
    throw new InvalidFieldError("reason", "must be set");
  }
  return known;
}

const statusToProto: Readonly<Record<ApiKeyStatus, ApiKeyStatusMessage>> = {
  active: ApiKeyStatusMessage.ACTIVE,
  disabled: ApiKeyStatusMessage.DISABLED,
  expired: ApiKeyStatusMessage.EXPIRED,
  revoked: ApiKeyStatusMessage.REVOKED,
};

const reasonToProto: Readonly<Record<RevocationReason, RevocationReasonMessage>> = {
  key_compromised: RevocationReasonMessage.KEY_COMPROMISED,
  superseded: RevocationReasonMessage.SUPERSEDED,
  no_longer_needed: RevocationReasonMessage.NO_LONGER_NEEDED,
  owner_left: RevocationReasonMessage.OWNER_LEFT,
  administrative: RevocationReasonMessage.ADMINISTRATIVE,
};

const reasonOfProto: Readonly<Record<RevocationReasonMessage, RevocationReason | undefined>> = {
  [RevocationReasonMessage.UNSPECIFIED]: undefined,
  [RevocationReasonMessage.KEY_COMPROMISED]: "key_compromised",
  [RevocationReasonMessage.SUPERSEDED]: "superseded",
  [RevocationReasonMessage.NO_LONGER_NEEDED]: "no_longer_needed",
  [RevocationReasonMessage.OWNER_LEFT]: "owner_left",
  [RevocationReasonMessage.ADMINISTRATIVE]: "administrative",
};

const updatableFields: FieldReaders<UpdateApiKeyRequest, "projectId" | "apiKeyId" | "etag", ApiKeyChanges> = {
  name: {
    isSet: ({ name }) => name !== "",
    read: ({ name }) => ({ name }),
    required: textRules(UpdateApiKeyRequestSchema.field.name).sentences.join("; "),
  },
  expiration: {
    isSet: ({ expiration }) => expiration !== undefined,
    read: expirationChange,
  },
  never_expires: {
    isSet: ({ neverExpires }) => neverExpires,
    read: expirationChange,
  },
  scopes: {
    isSet: ({ scopes }) => scopes.length > 0,
    read: ({ scopes }) => ({ scopes }),
  },
  tier: {
    isSet: ({ tier }) => tier !== "",
    read: ({ tier }) => ({ tier }),
  },
  rate_limits: {
    isSet: ({ rateLimits }) => rateLimits !== undefined,
    read: ({ rateLimits }) => ({ rateLimits: rateLimitsFromProto(rateLimits) }),
  },
  metadata: {
    isSet: ({ metadata }) => metadata !== undefined,
    read: ({ metadata }) => ({ metadata: metadataFromProto(metadata) ?? null }),
  },
  rotation_policy: {
    isSet: ({ rotationPolicy }) => rotationPolicy !== undefined,
    read: ({ rotationPolicy }) => ({ rotationPolicy: optionalPolicyFromProto(rotationPolicy) ?? null }),
  },
};

/** Expiration and never_expires are two ways to say one thing: the one that the mask names must be set. */
function expirationChange({ expiration, neverExpires }: UpdateApiKeyRequest): ApiKeyChanges {
  if (neverExpires) {
    return { expiresAt: null };
  }
  if (expiration === undefined) {
    throw new InvalidFieldError("expiration", "must be set, or never_expires must be true");
  }
  return { expiresAt: dateFromTimestamp(expiration) };
}

function metadataFromProto(metadata: JsonObject | undefined): Metadata | undefined {
  if (metadata !== undefined && isDeeper(metadata, maxMetadataLevels)) {
    throw new InvalidFieldError("metadata", `must be nested at most ${maxMetadataLevels} levels deep`);
  }
  if (metadata !== undefined && Buffer.byteLength(JSON.stringify(metadata)) > maxMetadataBytes) {
    throw new InvalidFieldError("metadata", `must be at most ${maxMetadataBytes} bytes as JSON`);
  }
  return metadata;
}

function isDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
