/**
 * What all guards have in common: from a request to whether it may go on. The framework's part is to read its request and to
 * write what comes out.
 */
import { AltaluneError, altaluneError } from "./altalune-error.js";
import type { Altalune } from "./client.js";
import { VerificationCode, type VerifyApiKeyResponse } from "./gen/altalune/v1/verification_pb.js";
import { differentKeys, keysInHeaders, type ReadHeader } from "./presented-keys.js";
import { rateLimitHeaders } from "./rate-limit-headers.js";
import {
  type Asked,
  type Refusal,
  refusalByFailure,
  refusalByKeys,
  refusalByScope,
  refusalByVerdict,
} from "./refusal.js";
import { checkScopes, missingScopes } from "./scopes.js";
import { type VerifiedApiKey, verifiedApiKey } from "./verified-api-key.js";

/** How requests are guarded. `Request` is the framework's. */
export interface GuardOptions<Request> {
  /** A client whose root key has `api_keys:verify`. */
  readonly altalune: Pick<Altalune, "verification">;
  /** The project whose keys are good here. */
  readonly projectId: string;
  /** What a key must be allowed, all of it. Default: nothing in particular. */
  readonly scopes?: readonly string[] | ((request: Request) => readonly string[]);
  /** What a request spends of the key's limits. 0 spends nothing, and lets in whoever has used them up. Default: 1. */
  readonly cost?: number | ((request: Request) => number);
  /**
   * Where the key stands; several that differ are refused. Do not take it from the URL, which is in many logs.
   * Default: `x-api-key` and `Authorization: Bearer`.
   */
  readonly keyFrom?: (request: Request) => string | readonly string[] | undefined;
  /**
   * What becomes of requests while no verdict can be had. Only a function that answers `true` lets them in, without a key, and not
   * where a route asks for scopes. Whoever can make Altalune be away then needs none. It is also the place to log why there was none.
   * Default: `"deny"`, status 503.
   */
  readonly onUnavailable?: "deny" | ((failure: AltaluneError, request: Request) => boolean | Promise<boolean>);
  /** Requests that need no key, such as health checks. They get none. */
  readonly skip?: (request: Request) => boolean;
}

/** Options with which a request may come through without a key. */
export type LetsInWithoutKey<Request> =
  | { readonly skip: NonNullable<GuardOptions<Request>["skip"]> }
  | { readonly onUnavailable: Exclude<GuardOptions<Request>["onUnavailable"], "deny" | undefined> };

/** What a guarded handler finds: a key, or perhaps none where the options let requests in without one. */
export type KeyUnder<Options> = Options extends LetsInWithoutKey<never> ? VerifiedApiKey | undefined : VerifiedApiKey;

export type Outcome =
  | {
      readonly admitted: true;
      /** Undefined: let in without one, by `skip` or `onUnavailable`. */
      readonly apiKey: VerifiedApiKey | undefined;
      /** For the answer. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly admitted: false; readonly refusal: Refusal };

/** What requests that `onUnavailable` let in are told where it matters what their key may do. */
const letInUnasked = new WeakMap<object, Refusal>();

/**
 * @param readerOf reads the headers of a request
 * @param subjectOf what of a request the route has too, for `refusalOfScopes`
 * @returns whether a request may go on; it rejects where a function of the options throws
 * @throws TypeError when an option is not what it must be
 */
export function createGuard<Request extends object>(
  options: GuardOptions<Request>,
  readerOf: (request: Request) => ReadHeader,
  subjectOf: (request: Request) => object = (request) => request,
): (request: Request, scopesBeside?: readonly string[]) => Promise<Outcome> {
  const { altalune, projectId, scopes = [], cost = 1, onUnavailable = "deny", skip } = options;
  const keyFrom = options.keyFrom ?? ((request: Request) => keysInHeaders(readerOf(request)));
  if (altalune?.verification === undefined) {
    throw new TypeError("altalune must be what createAltalune returns");
  }
  if (typeof projectId !== "string" || !/^[a-z0-9]{14}$/.test(projectId)) {
    throw new TypeError("projectId must be the id of a project, 14 characters: keys of others would be good here");
  }
  if (typeof scopes !== "function") {
    checkScopes(scopes);
  }
  if (typeof cost !== "function") {
    checkCost(cost);
  }
  if (onUnavailable !== "deny" && typeof onUnavailable !== "function") {
    throw new TypeError('onUnavailable must be "deny" or a function');
  }

  return async (request, scopesBeside = []) => {
    if (skip?.(request) === true) {
      return withoutKey(subjectOf(request), scopesBeside);
    }
    const required = [...(typeof scopes === "function" ? scopes(request) : scopes), ...scopesBeside];
    const spent = typeof cost === "function" ? cost(request) : cost;
    checkScopes(required);
    checkCost(spent);
    const presented = differentKeys([keyFrom(request) ?? []].flat());
    const [key, another] = presented;
    const asked: Asked = { projectId, scopes: required, requestId: requestIdOf(readerOf(request), presented) };
    if (key === undefined || another !== undefined) {
      return { admitted: false, refusal: refusalByKeys(presented.length, asked) };
    }
    let verdict: VerifyApiKeyResponse;
    try {
      verdict = await altalune.verification.verifyApiKey(
        { key, projectId, requiredScopes: required, cost: spent },
        { headers: { "x-request-id": asked.requestId } },
      );
      checkVerdict(verdict, projectId);
    } catch (thrown) {
      const failure = altaluneError(thrown, [key]);
      const refusal = refusalByFailure(failure, asked);
      if (onUnavailable === "deny" || (await onUnavailable(failure, request)) !== true) {
        return { admitted: false, refusal };
      }
      letInUnasked.set(subjectOf(request), refusal);
      return withoutKey(subjectOf(request), scopesBeside);
    }
    return verdict.valid
      ? { admitted: true, ...admission(verifiedApiKey(verdict)) }
      : { admitted: false, refusal: refusalByVerdict(verdict, asked) };
  };
}

function withoutKey(subject: object, scopesBeside: readonly string[]): Outcome {
  const refusal = scopesBeside.length === 0 ? undefined : refusalOfScopes(subject, undefined, scopesBeside);
  return refusal === undefined ? { admitted: true, apiKey: undefined, headers: {} } : { admitted: false, refusal };
}

function admission(apiKey: VerifiedApiKey) {
  return { apiKey, headers: rateLimitHeaders(apiKey.rateLimits) };
}

/**
 * Whether a key that a guard let in has scopes that a single route needs. Undefined: it has. A request without a key is refused:
 * nobody knows what it may do.
 */
export function refusalOfScopes(
  subject: object,
  apiKey: VerifiedApiKey | undefined,
  scopes: readonly string[],
): Refusal | undefined {
  const asked = { projectId: apiKey?.projectId ?? "", scopes, requestId: crypto.randomUUID() };
  if (apiKey === undefined) {
    return letInUnasked.get(subject) ?? refusalByKeys(0, asked);
  }
  return missingScopes(apiKey.scopes, scopes).length > 0 ? refusalByScope(asked) : undefined;
}

/** An answer that contradicts itself, or is about another project, is none. */
function checkVerdict({ valid, code, projectId: of }: VerifyApiKeyResponse, projectId: string): void {
  const contradicts = valid !== (code === VerificationCode.VALID) || code === VerificationCode.UNSPECIFIED;
  if (contradicts || (valid && of !== projectId)) {
    throw new AltaluneError("what came back is no verdict on this key: does url name Altalune?", { code: "unknown" });
  }
}

function checkCost(cost: number): void {
  if (!Number.isInteger(cost) || cost < 0 || cost > 0xffff_ffff) {
    throw new TypeError("cost must be a whole number, 0 or more");
  }
}

/** That of the caller, so that all logs name the request alike; unless there is none, or a key was put into it. */
function requestIdOf(read: ReadHeader, keys: readonly string[]): string {
  const [given, another] = read("x-request-id");
  const usable = given !== undefined && another === undefined && /^[A-Za-z0-9._-]{1,64}$/.test(given);
  return usable && !keys.some((key) => given.includes(key)) ? given : crypto.randomUUID();
}
