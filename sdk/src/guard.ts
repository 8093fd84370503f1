/**
 * What all guards have in common: from a request to whether it may go on. The framework's part is to read its request and to
 * write what comes out.
 */
import { create } from "@bufbuild/protobuf";
import { AltaluneError, altaluneError } from "./altalune-error.js";
import {
  VerificationCode,
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
} from "./gen/altalune/v1/verification_pb.js";
import { checkCost, checkGuardOptions, type GuardOptions } from "./guard-options.js";
import { differentKeys, keysInHeaders, type ReadHeader } from "./presented-keys.js";
import { rateLimitHeaders } from "./rate-limit-headers.js";
import { type Refusal, refusalByFailure, refusalByKeys, refusalByVerdict } from "./refusal.js";
import { type LetIn, noteLetIn } from "./route-scopes.js";
import { checkScopes } from "./scopes.js";
import { sourceOf } from "./source.js";
import { type VerifiedApiKey, verifiedApiKey } from "./verified-api-key.js";

export type Outcome =
  | {
      readonly admitted: true;
      /** Undefined: let in without one, by `skip` or `onUnavailable`. */
      readonly apiKey: VerifiedApiKey | undefined;
      /** For the answer. */
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly admitted: false; readonly refusal: Refusal };

/**
 * @param readerOf reads the headers of a request
 * @param subjectOf what of a request the route has too, for what it asks itself
 * @param addressOf where a request comes from, where the options do not say it
 * @returns whether a request may go on; it rejects where a function of the options throws
 * @throws TypeError when an option is not what it must be
 */
export function createGuard<Request extends object>(
  options: GuardOptions<Request>,
  readerOf: (request: Request) => ReadHeader,
  subjectOf: (request: Request) => object = (request) => request,
  addressOf: (request: Request) => string | undefined = () => undefined,
): (request: Request, scopesBeside?: readonly string[]) => Promise<Outcome> {
  checkGuardOptions(options);
  const { altalune, projectId, scopes = [], cost = 1, onUnavailable = "deny", skip } = options;
  const sourceIp = options.sourceIp ?? addressOf;
  const keyFrom = options.keyFrom ?? ((request: Request) => keysInHeaders(readerOf(request)));

  return async (request, scopesBeside = []) => {
    const subject = subjectOf(request);
    if (skip?.(request) === true) {
      const asked = { projectId, scopes: scopesBeside, requestId: crypto.randomUUID() };
      return scopesBeside.length > 0 ? refused(refusalByKeys(0, asked)) : letIn(subject, asked);
    }
    const required = [...(typeof scopes === "function" ? scopes(request) : scopes), ...scopesBeside];
    const spent = typeof cost === "function" ? cost(request) : cost;
    checkScopes(required);
    checkCost(spent);
    const presented = differentKeys([keyFrom(request) ?? []].flat());
    const [key, another] = presented;
    const asked = { projectId, scopes: required, requestId: requestIdOf(readerOf(request), presented) };
    if (key === undefined || another !== undefined) {
      return refused(refusalByKeys(presented.length, asked));
    }
    if (key.length > longestKey) {
      // Altalune would refuse the question itself once it is long enough, which is no reason to let its sender in.
      return refused(refusalByVerdict(notFound, asked));
    }
    const source = sourceOf(sourceIp(request), readerOf(request)("user-agent")[0]);
    let verdict: VerifyApiKeyResponse;
    try {
      verdict = await altalune.verification.verifyApiKey(
        { key, projectId, requiredScopes: required, cost: spent, ...source },
        { headers: { "x-request-id": asked.requestId } },
      );
      checkVerdict(verdict, projectId);
    } catch (thrown) {
      const failure = altaluneError(thrown, [key]);
      const unasked = refusalByFailure(failure, asked);
      const wanted = onUnavailable !== "deny" && (await onUnavailable(failure, request)) === true;
      // Nobody knows what a request without a verdict may do.
      return wanted && required.length === 0 ? letIn(subject, { ...asked, unasked }) : refused(unasked);
    }
    return verdict.valid ? letIn(subject, asked, verifiedApiKey(verdict)) : refused(refusalByVerdict(verdict, asked));
  };
}

/** In characters: none that is longer is good. */
export const longestKey = 512;

const notFound = create(VerifyApiKeyResponseSchema, { code: VerificationCode.NOT_FOUND });

function letIn(subject: object, asked: LetIn, apiKey?: VerifiedApiKey): Outcome {
  noteLetIn(subject, asked);
  return { admitted: true, apiKey, headers: rateLimitHeaders(apiKey?.rateLimits ?? []) };
}

function refused(refusal: Refusal): Outcome {
  return { admitted: false, refusal };
}

/** An answer that contradicts itself, or is about another project, is none. */
function checkVerdict({ valid, code, projectId: of }: VerifyApiKeyResponse, projectId: string): void {
  const contradicts = valid !== (code === VerificationCode.VALID) || code === VerificationCode.UNSPECIFIED;
  if (contradicts || (valid && of !== projectId)) {
    throw new AltaluneError("what came back is no verdict on this key: does url name Altalune?", { code: "unknown" });
  }
}

/** That of the caller, so that all logs name the request alike; unless there is none, or a key was put into it. */
function requestIdOf(read: ReadHeader, keys: readonly string[]): string {
  const [given, another] = read("x-request-id");
  const usable = given !== undefined && another === undefined && /^[A-Za-z0-9._-]{1,64}$/.test(given);
  return usable && !keys.some((key) => given.includes(key)) ? given : crypto.randomUUID();
}
