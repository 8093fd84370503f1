import { create, type JsonObject } from "@bufbuild/protobuf";
import { durationFromMs, type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Consistency,
  VerificationCode as VerificationCodeMessage,
  type VerifyApiKeyRequest,
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
  type VerifySignedRequestRequest,
} from "../../../gen/altalune/v1/verification_pb.js";
import { sourceOf } from "../odd_use/source.js";
import { limitStateToProto } from "../proto-values.js";
import { defaultCost, type Verdict, type VerificationCode, type VerificationRequest } from "./model.js";
import type { PresentedRequest } from "./signed-request.js";

export function requestFromProto(request: VerifyApiKeyRequest): VerificationRequest {
  return {
    key: request.key,
    projectPublicId: request.projectId === "" ? undefined : request.projectId,
    requiredScopes: request.requiredScopes,
    cost: request.cost ?? defaultCost,
    fullyConsistent: request.consistency === Consistency.FULLY_CONSISTENT,
    source: sourceOf(request.sourceIp, request.userAgent),
  };
}

export function signedRequestFromProto(request: VerifySignedRequestRequest): PresentedRequest {
  const { apiKeyId, projectId, timestamp, nonce, method, path, bodySha256, signature, requiredScopes, cost } = request;
  return {
    apiKeyId,
    projectId,
    timestampMs: timestamp && wholeMilliseconds(timestamp),
    nonce,
    method,
    path,
    bodySha256,
    signature,
    requiredScopes,
    cost: cost ?? defaultCost,
  };
}

export function verdictToProto({ code, record, missingScopes, limits, retryAfterMs }: Verdict): VerifyApiKeyResponse {
  return create(VerifyApiKeyResponseSchema, {
    valid: code === "valid",
    code: codeToProto[code],
    ...(record && {
      projectId: record.projectPublicId,
      apiKeyId: record.apiKeyPublicId,
      name: record.name,
      ownerId: record.ownerId,
      scopes: [...record.scopes],
      tier: record.tier,
      metadata: record.metadata as JsonObject | undefined,
      expiration: record.expiresAtMs === undefined ? undefined : timestampFromMs(record.expiresAtMs),
    }),
    missingScopes: [...missingScopes],
    rateLimits: limits.map(limitStateToProto),
    retryAfter: retryAfterMs === undefined ? undefined : durationFromMs(retryAfterMs),
  });
}

const codeToProto: Readonly<Record<VerificationCode, VerificationCodeMessage>> = {
  valid: VerificationCodeMessage.VALID,
  not_found: VerificationCodeMessage.NOT_FOUND,
  revoked: VerificationCodeMessage.REVOKED,
  disabled: VerificationCodeMessage.DISABLED,
  expired: VerificationCodeMessage.EXPIRED,
  insufficient_scope: VerificationCodeMessage.INSUFFICIENT_SCOPE,
  rate_limited: VerificationCodeMessage.RATE_LIMITED,
  signature_invalid: VerificationCodeMessage.SIGNATURE_INVALID,
  replayed: VerificationCodeMessage.REPLAYED,
};

/** What is signed is milliseconds: a finer time is not one that was signed. */
function wholeMilliseconds({ seconds, nanos }: Timestamp): bigint | undefined {
  return nanos % 1_000_000 === 0 ? seconds * 1000n + BigInt(nanos / 1_000_000) : undefined;
}
