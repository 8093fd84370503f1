import type { Call } from "../../call/call.js";
import type { CallValues } from "../../call/call-context.js";
import type { Served } from "../../call/call-log.js";
import type { HttpRequest, HttpResponse } from "../../http/http.js";
import type { TakeStream } from "../../http/http-servers.js";

/** Tells gateways whether the key of a request of their client's is good. */
export interface GatewayFace {
  /** As logs and metrics name it. */
  readonly served: Served;
  /** Whether a path is its own. */
  takes(path: string): boolean;
  /** Answers from memory. @returns whether it could; if not, nothing was done */
  answerNow?(request: HttpRequest, response: HttpResponse): boolean;
  /** Answers streams of HTTP/2 from memory. */
  readonly takeStream?: TakeStream;
  /** @param body what was read of the request already, which is all of it; undefined: nothing */
  serve(request: HttpRequest, response: HttpResponse, call: Call, values: CallValues, body?: Buffer): Promise<void>;
  /** Whose the request is, as far as memory knows. */
  actorOf(request: HttpRequest): string;
  requestIdOf(request: HttpRequest): string;
}
