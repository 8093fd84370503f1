/**
 * The client of Altalune and what its guards share. A guard comes from the path of its framework:
 * `import { guard } from "@altalune/sdk/express"`.
 */
export { AltaluneError, type AltaluneErrorCode, type FieldViolation } from "./altalune-error.js";
export { type Altalune, type AltaluneOptions, type CallOptions, createAltalune, type ServiceClient } from "./client.js";
export { ApiKeyStatus, RevocationReason } from "./gen/altalune/v1/api_key_pb.js";
export { SortOrder } from "./gen/altalune/v1/common_pb.js";
export { Granularity } from "./gen/altalune/v1/usage_pb.js";
export { Consistency, RateLimitWindow, VerificationCode } from "./gen/altalune/v1/verification_pb.js";
export type { GuardOptions } from "./guard.js";
export { type RequestToSign, type SignedRequestFields, signRequest } from "./sign-request.js";
export type { VerifiedApiKey } from "./verified-api-key.js";
