import type { ServerResponse } from "node:http";
import { VerificationService as VerificationServiceDescriptor } from "../../../../gen/altalune/v1/verification_pb.js";
import type { Principal } from "../../../domain/root_key/model.js";
import { createAuthorized } from "../../authority/remembered-authority.js";
import { requestIdBeside } from "../../call/request-id.js";
import { type HttpRequest, type HttpResponse, hasBody } from "../../http/http.js";
import { checkReach, questionOf } from "../gateway/asking.js";
import { decisionOf } from "../gateway/decide.js";
import { GatewayCaller } from "../gateway/gateway-caller.js";
import type { GatewayFaceOptions } from "../gateway/options.js";
import { presentedKeys } from "../gateway/presented-keys.js";
import type { Requirements } from "../gateway/requirements.js";
import { createNoteWarmEnd } from "../gateway/warm-end.js";
import { type Answer, answerOf } from "./answer.js";
import { HttpClientRequest } from "./http-client-request.js";
import { isForwardAuth } from "./path.js";
import type { RequirementsReader } from "./read-requirements.js";

/** Answers a gateway from memory. @returns whether it could; if not, nothing was done */
export type WarmAnswers = (request: HttpRequest, response: HttpResponse) => boolean;

/**
 * Answers questions over HTTP/1.1 of which memory knows the root key and the key, without a promise. What is not sure to get a
 * verdict here is left to whoever serves the rest, and is answered as if this were not there.
 *
 * @param method as the log names it
 */
export function createWarmAnswers(
  options: GatewayFaceOptions,
  requirementsOf: RequirementsReader,
  method: string,
): WarmAnswers {
  const { askers, verification, inFlight, clientAddressResolver, headers } = options;
  const fixedHeaders = Object.entries(headers).flat();
  const isAuthorized = createAuthorized(VerificationServiceDescriptor.method.verifyApiKey);
  const noteEnd = createNoteWarmEnd(options, { method, protocol: "http" });

  return (request, response) => {
    if (!isForwardAuth(request.url ?? "") || request.httpVersionMajor !== 1 || inFlight.draining || hasBody(request)) {
      return false;
    }
    const startedAt = performance.now();
    const principal = askers.remembered(request);
    if (principal === undefined || !isAuthorized(principal)) {
      return false;
    }
    const requirements = requirementsIfRight(request, principal, requirementsOf);
    if (requirements === undefined) {
      return false;
    }
    const client = new HttpClientRequest(request, clientAddressResolver);
    const keys = presentedKeys(client, requirements);
    const [key] = keys;
    if (key === undefined || keys.length !== 1) {
      return false;
    }
    const secrets = [key, askers.secretIn(request)];
    const requestId = requestIdBeside(request.headers["x-request-id"], secrets);
    const caller = new GatewayCaller(principal, requestId, client, secrets);
    return verification.tryVerify(caller, questionOf(requirements, key), (verdict) => {
      const answer = answerOf(decisionOf(verdict, requirements), requestId);
      write(
        response as ServerResponse,
        ["x-request-id", requestId, ...fixedHeaders, ...answer.headers],
        answer,
        request,
      );
      noteEnd("ok", caller, request, startedAt);
      return true;
    });
  };
}

function write(response: ServerResponse, head: string[], { status, body }: Answer, { method }: HttpRequest): void {
  response.writeHead(status, head);
  response.end(method === "HEAD" ? "" : body);
}

function requirementsIfRight(
  request: HttpRequest,
  principal: Principal,
  requirementsOf: RequirementsReader,
): Requirements | undefined {
  try {
    const requirements = requirementsOf(request);
    checkReach(principal, requirements);
    return requirements;
  } catch {
    return undefined;
  }
}
