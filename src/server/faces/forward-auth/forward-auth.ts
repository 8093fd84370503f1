import { Code, ConnectError } from "@connectrpc/connect";
import { VerificationService as VerificationServiceDescriptor } from "../../../../gen/altalune/v1/verification_pb.js";
import { DatabaseSilentError } from "../../../domain/overload/errors.js";
import { within } from "../../../platform/timeout.js";
import { authorize } from "../../authority/authorize.js";
import type { Call } from "../../call/call.js";
import { type CallValues, callContextKey, principalLabelKey } from "../../call/call-context.js";
import type { Served } from "../../call/call-log.js";
import { requestIdBeside } from "../../call/request-id.js";
import type { HttpRequest, HttpResponse } from "../../http/http.js";
import { type Answer, answerOf, refused } from "./answer.js";
import { questionOf, readAsked, secretsIn } from "./asking.js";
import { failureOf } from "./failure.js";
import { forwardedRequest } from "./forwarded-request.js";
import { GatewayCaller } from "./gateway-caller.js";
import type { ForwardAuthOptions } from "./options.js";
import { isForwardAuth } from "./path.js";
import { createRequirementsReader } from "./read-requirements.js";
import { refusalOfKeys } from "./refusal.js";
import { createWarmAnswers, type WarmAnswers } from "./warm-answers.js";

/** As logs and metrics name it. */
export const forwardAuthName = "forward-auth";
const served: Served = { method: forwardAuthName, isProbe: false, isVerification: true };

/** How long a gateway waits for a verdict, in milliseconds; then it hears that there is none. */
const verdictMs = 5_000;

/** Tells gateways (nginx, Traefik, Caddy and others) whether the key of a request of their client's is good. */
export interface ForwardAuth {
  /** As logs and metrics name it. */
  readonly served: Served;
  /** Whether a path is its own. */
  takes(path: string): boolean;
  readonly answerNow: WarmAnswers;
  serve(request: HttpRequest, response: HttpResponse, call: Call, values: CallValues): Promise<void>;
  /** Whose the request is, as far as memory knows. */
  actorOf(request: HttpRequest): string;
  requestIdOf(request: HttpRequest): string;
}

/**
 * A question goes through the same verification, under the same authority, as VerifyApiKey; only its wire is another: what is asked
 * stands in the target or in headers, and the verdict in the status. Bodies are left unread.
 */
export function createForwardAuth(options: ForwardAuthOptions): ForwardAuth {
  const { askers, verification, inFlight, clientAddressResolver, logger } = options;
  const requirementsOf = createRequirementsReader();

  const answer = async (request: HttpRequest, values: CallValues, secrets: readonly string[]): Promise<Answer> => {
    const { requestId, clientAddress } = values.get(callContextKey);
    if (inFlight.draining) {
      throw new ConnectError("this server is shutting down", Code.Unavailable);
    }
    const principal = await askers.authenticate(request, clientAddress, requestId);
    values.set(principalLabelKey, principal.actor);
    const denial = authorize(principal, VerificationServiceDescriptor.method.verifyApiKey);
    if (denial !== undefined) {
      throw denial;
    }
    const { requirements, keys } = readAsked(request, principal, requirementsOf);
    const [key] = keys;
    if (key === undefined || keys.length > 1) {
      return refused(refusalOfKeys(keys.length, requirements), requestId);
    }
    const caller = new GatewayCaller(principal, requestId, request, clientAddressResolver, secrets);
    return answerOf(await verification.verify(caller, questionOf(requirements, key)), requirements, requestId);
  };

  const failed = (error: unknown, call: Call): Answer => {
    const failure = failureOf(error, call.requestId, logger);
    call.refused(failure.status);
    return refused(failure, call.requestId);
  };

  return {
    served,
    takes: isForwardAuth,
    answerNow: createWarmAnswers(options, requirementsOf, forwardAuthName),

    async serve(request, response, call, values) {
      call.protocol = "http";
      const secrets = secretsIn(request, askers, requirementsOf);
      call.resource = forwardedRequest(request, secrets);
      const answering = answer(request, values, secrets);
      const { status, headers, body } = await within(answering, verdictMs, () => new DatabaseSilentError()).catch(
        (error: unknown) => failed(error, call),
      );
      response.statusCode = status;
      for (let i = 0; i < headers.length; i += 2) {
        response.setHeader(headers[i] ?? "", headers[i + 1] ?? "");
      }
      response.end(request.method === "HEAD" ? "" : body);
    },

    actorOf: (request) => askers.remembered(request)?.actor ?? "",
    requestIdOf: (request) =>
      requestIdBeside(request.headers["x-request-id"], secretsIn(request, askers, requirementsOf)),
  };
}
