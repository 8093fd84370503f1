/** What runs everywhere, without a module of Node's: `@altalune/sdk` for bundlers of Workers and pages. */
export { AltaluneError, type AltaluneErrorCode, type FieldViolation } from "./altalune-error.js";
export { type Altalune, type AltaluneOptions, type CallOptions, createAltalune, type ServiceClient } from "./client.js";
export { ApiKeyStatus, RevocationReason } from "./gen/altalune/v1/api_key_pb.js";
export { SortOrder } from "./gen/altalune/v1/common_pb.js";
export { Granularity } from "./gen/altalune/v1/usage_pb.js";
export { Consistency, RateLimitWindow, VerificationCode } from "./gen/altalune/v1/verification_pb.js";
export type { GuardOptions } from "./guard-options.js";
export type { RateLimit, VerifiedApiKey } from "./verified-api-key.js";
