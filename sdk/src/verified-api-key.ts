import type { JsonObject } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { VerifyApiKeyResponse } from "./gen/altalune/v1/verification_pb.js";
import { RateLimitWindow } from "./gen/altalune/v1/verification_pb.js";

/** The key that a request was let in with. Its value is not in it. */
export interface VerifiedApiKey {
  readonly projectId: string;
  /** The key's public id, which is no secret. */
  readonly apiKeyId: string;
  readonly name: string;
  /** Whose key it is. Empty: nobody's in particular. */
  readonly ownerId: string;
  /** What the key may do; `requireScopes` says what a `*` in them covers. */
  readonly scopes: readonly string[];
  /** Empty: none. */
  readonly tier: string;
  /** What was stored with the key. */
  readonly metadata: Readonly<JsonObject>;
  /** Undefined: the key never expires. */
  readonly expiration: Date | undefined;
  /** Where the key stands in each window that it has a limit in. */
  readonly rateLimits: readonly RateLimit[];
}

export interface RateLimit {
  readonly window: "minute" | "day";
  /** Calls allowed in it. */
  readonly limit: number;
  /** Calls left: never more than there are. */
  readonly remaining: number;
  /** When the window ends. */
  readonly resetAt: Date;
}

export function verifiedApiKey(verdict: VerifyApiKeyResponse): VerifiedApiKey {
  const { projectId, apiKeyId, name, ownerId, scopes, tier, metadata, expiration } = verdict;
  return Object.freeze({
    projectId,
    apiKeyId,
    name,
    ownerId,
    scopes,
    tier,
    metadata: metadata ?? {},
    expiration: expiration && timestampDate(expiration),
    rateLimits: rateLimitsOf(verdict),
  });
}

/** Of the windows that are known here: a later Altalune may have others. */
export function rateLimitsOf({ rateLimits }: VerifyApiKeyResponse): readonly RateLimit[] {
  return rateLimits.flatMap(({ window, limit, remaining, resetAt }) =>
    resetAt !== undefined && (window === RateLimitWindow.MINUTE || window === RateLimitWindow.DAY)
      ? [
          {
            window: window === RateLimitWindow.MINUTE ? "minute" : "day",
            limit,
            remaining,
            resetAt: timestampDate(resetAt),
          },
        ]
      : [],
  );
}
