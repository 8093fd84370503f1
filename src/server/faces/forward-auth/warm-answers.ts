import type { ServerResponse } from "node:http";
import { sendTogether } from "../../http/answers-together.js";
import { type HttpRequest, type HttpResponse, hasBody } from "../../http/http.js";
import type { HttpAnswer } from "../gateway/http-answer.js";
import type { GatewayFaceOptions } from "../gateway/options.js";
import { createWarmDecision } from "../gateway/warm-decision.js";
import { answerOf } from "./answer.js";
import { HttpClientRequest } from "./http-client-request.js";
import { isForwardAuth } from "./path.js";
import type { RequirementsReader } from "./read-requirements.js";

/** Answers a gateway from memory. @returns whether it could; if not, nothing was done */
export type WarmAnswers = (request: HttpRequest, response: HttpResponse) => boolean;

/**
 * Answers questions over HTTP/1.1 that are decided from memory.
 *
 * @param method as the log names it
 */
export function createWarmAnswers(
  options: GatewayFaceOptions,
  requirementsOf: RequirementsReader,
  method: string,
): WarmAnswers {
  const { clientAddressResolver, headers } = options;
  const fixedHeaders = Object.entries(headers).flat();
  const { askerOf, decide } = createWarmDecision(options, { method, protocol: "http" });

  return (request, response) => {
    // A body is left unread, which takes more than an answer from memory does.
    if (!isForwardAuth(request.url ?? "") || request.httpVersionMajor !== 1 || hasBody(request)) {
      return false;
    }
    const asker = askerOf(request);
    return (
      asker !== undefined &&
      decide(
        asker,
        () => ({
          client: new HttpClientRequest(request, clientAddressResolver),
          requirements: requirementsOf(request),
        }),
        (decision, _asked, requestId) => {
          const answer = answerOf(decision, requestId);
          const head = ["x-request-id", requestId, ...fixedHeaders, ...answer.headers];
          sendTogether(() => write(response as ServerResponse, head, answer, request));
          return "ok";
        },
      )
    );
  };
}

function write(response: ServerResponse, head: string[], { status, body }: HttpAnswer, { method }: HttpRequest): void {
  response.writeHead(status, head);
  response.end(method === "HEAD" ? "" : body);
}
