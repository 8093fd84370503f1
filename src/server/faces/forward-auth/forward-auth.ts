import type { Call } from "../../call/call.js";
import { type CallValues, callContextKey } from "../../call/call-context.js";
import type { Served } from "../../call/call-log.js";
import { requestIdBeside } from "../../call/request-id.js";
import type { HttpRequest } from "../../http/http.js";
import { createDecide, inTime } from "../gateway/decide.js";
import { failureOf } from "../gateway/failure.js";
import { forwardedRequest } from "../gateway/forwarded-request.js";
import type { GatewayFace } from "../gateway/gateway-face.js";
import type { HttpAnswer } from "../gateway/http-answer.js";
import type { GatewayFaceOptions } from "../gateway/options.js";
import { allPresentedKeys } from "../gateway/presented-keys.js";
import { defaultKeySources, type KeySources } from "../gateway/requirements.js";
import { answerOf, refusing } from "./answer.js";
import { HttpClientRequest } from "./http-client-request.js";
import { isForwardAuth } from "./path.js";
import { createRequirementsReader } from "./read-requirements.js";
import { createWarmAnswers } from "./warm-answers.js";

/** As logs and metrics name it. */
export const forwardAuthName = "forward-auth";
const served: Served = { method: forwardAuthName, isProbe: false, isVerification: true };

/**
 * Tells gateways (nginx, Traefik, Caddy and others) over HTTP whether a key is good.
 *
 * A question goes through the same verification, under the same authority, as VerifyApiKey; only its wire is another: what is asked
 * stands in the target or in headers, and the verdict in the status. Bodies are left unread.
 */
export function createForwardAuth(options: GatewayFaceOptions): GatewayFace {
  const { askers, clientAddressResolver, logger } = options;
  const requirementsOf = createRequirementsReader();
  const { admit, decide } = createDecide(options);

  /** All that came as a key, also where the requirements cannot be read, and the gateway's own. */
  const secretsIn = (request: HttpRequest): readonly string[] => {
    let sources: KeySources = defaultKeySources;
    try {
      sources = requirementsOf(request);
    } catch {
      // Whoever answers the request says so.
    }
    const client = new HttpClientRequest(request, clientAddressResolver);
    return [...allPresentedKeys(client, sources), askers.secretIn(request)];
  };

  const answer = async (request: HttpRequest, values: CallValues, secrets: readonly string[]): Promise<HttpAnswer> => {
    const { requestId } = values.get(callContextKey);
    const principal = await admit(request, values);
    const requirements = requirementsOf(request);
    const client = new HttpClientRequest(request, clientAddressResolver);
    return answerOf(await decide(principal, requestId, { client, requirements, secrets }), requestId);
  };

  const failed = (error: unknown, call: Call): HttpAnswer => {
    const failure = failureOf(error, call.requestId, logger);
    call.refused(failure.status);
    return refusing(failure, call.requestId);
  };

  return {
    served,
    takes: isForwardAuth,
    answerNow: createWarmAnswers(options, requirementsOf, forwardAuthName),

    async serve(request, response, call, values) {
      call.protocol = "http";
      const secrets = secretsIn(request);
      call.resource = forwardedRequest(new HttpClientRequest(request, clientAddressResolver).told, secrets);
      const { status, headers, body } = await inTime(answer(request, values, secrets)).catch((error: unknown) =>
        failed(error, call),
      );
      response.statusCode = status;
      for (let i = 0; i < headers.length; i += 2) {
        response.setHeader(headers[i] ?? "", headers[i + 1] ?? "");
      }
      response.end(request.method === "HEAD" ? "" : body);
    },

    actorOf: (request) => askers.remembered(request)?.actor ?? "",
    requestIdOf: (request) => requestIdBeside(request.headers["x-request-id"], secretsIn(request)),
  };
}
