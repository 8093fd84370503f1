/** A stand-in for Altalune in tests of your own. `import { fakeAltalune } from "@altalune/sdk/testing"` */
import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { type Altalune, clientsOver } from "./client.js";
import {
  RateLimitWindow,
  VerificationCode,
  VerificationService,
  type VerifyApiKeyRequest,
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
} from "./gen/altalune/v1/verification_pb.js";
import { missingScopes } from "./scopes.js";
import type { RateLimit } from "./verified-api-key.js";

/** A key that the stand-in knows, and what becomes of it. */
export interface FakeKey {
  /** Default: `VALID`; a scope that is asked for and missing makes it INSUFFICIENT_SCOPE. */
  readonly verdict?: "VALID" | "REVOKED" | "DISABLED" | "EXPIRED" | "RATE_LIMITED";
  readonly apiKeyId?: string;
  readonly name?: string;
  readonly ownerId?: string;
  readonly scopes?: readonly string[];
  readonly tier?: string;
  readonly metadata?: JsonObject;
  readonly expiration?: Date;
  readonly rateLimits?: readonly RateLimit[];
  /** With `RATE_LIMITED`. */
  readonly retryAfterMs?: number;
}

export interface FakeAltaluneOptions {
  /** Whose keys these are. */
  readonly projectId: string;
  /** By their values; any other is NOT_FOUND. */
  readonly keys: Readonly<Record<string, FakeKey>>;
}

/** Answers as Altalune does, and may be made to be away. */
export interface FakeAltalune extends Altalune {
  /** Makes a key known from now on, or changes what becomes of it. */
  setKey(value: string, key: FakeKey): void;
  /** While it is false, every call fails as it does when Altalune is away. */
  setAvailable(available: boolean): void;
}

/**
 * Gives guards and clients the verdicts that it is told, through the same messages and errors as Altalune's. It keeps no limits,
 * and knows no rpc but VerifyApiKey and BatchVerifyApiKeys.
 *
 * @example
 * const altalune = fakeAltalune({ projectId: "7fqk2m9xw3tbzp", keys: { "sk-good": { scopes: ["orders:read"] } } });
 * const app = createApp({ altalune });
 */
export function fakeAltalune({ projectId, keys }: FakeAltaluneOptions): FakeAltalune {
  const known = new Map(Object.entries(keys));
  let available = true;
  const verdictOn = (request: VerifyApiKeyRequest) => {
    const key = known.get(request.key);
    const fits = request.projectId === "" || request.projectId === projectId;
    return key !== undefined && fits ? verdict(projectId, key, request) : answerOf("NOT_FOUND");
  };
  const transport = createRouterTransport(
    ({ service }) => {
      service(VerificationService, {
        verifyApiKey: verdictOn,
        batchVerifyApiKeys: ({ requests }) => ({ responses: requests.map(verdictOn) }),
      });
    },
    {
      transport: {
        interceptors: [
          (next) => (request) => {
            if (!available) {
              throw new ConnectError("Altalune cannot be reached", Code.Unavailable);
            }
            return next(request);
          },
        ],
      },
    },
  );
  return Object.freeze({
    ...clientsOver(transport, { timeoutMs: 2000, secrets: [] }),
    setKey: (value: string, key: FakeKey) => void known.set(value, key),
    setAvailable: (now: boolean) => {
      available = now;
    },
  });
}

function verdict(projectId: string, key: FakeKey, { requiredScopes }: VerifyApiKeyRequest): VerifyApiKeyResponse {
  const { scopes = [], rateLimits = [], retryAfterMs, expiration } = key;
  const missing = missingScopes(scopes, requiredScopes);
  const given = key.verdict ?? "VALID";
  // Scopes come before limits, and after all that is wrong with the key itself.
  const code = missing.length > 0 && (given === "VALID" || given === "RATE_LIMITED") ? "INSUFFICIENT_SCOPE" : given;
  return answerOf(code, {
    projectId,
    apiKeyId: key.apiKeyId ?? "fakekey2345678",
    name: key.name ?? "fake key",
    ownerId: key.ownerId ?? "",
    scopes: [...scopes],
    tier: key.tier ?? "",
    metadata: key.metadata ?? {},
    ...(expiration && { expiration: timestampFromDate(expiration) }),
    ...(code === "INSUFFICIENT_SCOPE" && { missingScopes: [...missing] }),
    ...(retryAfterMs !== undefined && code === "RATE_LIMITED" && { retryAfter: durationFromMs(retryAfterMs) }),
    rateLimits: rateLimits.map(({ window, limit, remaining, resetAt }) => ({
      window: window === "minute" ? RateLimitWindow.MINUTE : RateLimitWindow.DAY,
      limit,
      remaining,
      resetAt: timestampFromDate(resetAt),
    })),
  });
}

function answerOf(
  code: Exclude<keyof typeof VerificationCode, number>,
  rest: MessageInitShape<typeof VerifyApiKeyResponseSchema> = {},
): VerifyApiKeyResponse {
  return create(VerifyApiKeyResponseSchema, { ...rest, valid: code === "VALID", code: VerificationCode[code] });
}
