import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { HeadedRequest } from "../../http/http.js";
import type { TakeStream } from "../../http/http-servers.js";
import type { GatewayFaceOptions } from "../gateway/options.js";
import { createWarmDecision } from "../gateway/warm-decision.js";
import { passing, refusing } from "./check-response.js";
import { EnvoyClientRequest } from "./envoy-client-request.js";
import { isGrpc, isOver, messageIn, readBody } from "./grpc.js";
import { checkIn } from "./read-check.js";
import { removedFrom } from "./removed.js";
import type { ContextReader } from "./requirements-in-context.js";

/**
 * Answers questions that are decided from memory. What is not is passed on to whoever serves the rest, with the body as it was
 * read.
 *
 * @param method as the log names it, and its path
 */
export function createWarmChecks(
  options: GatewayFaceOptions,
  contextOf: ContextReader,
  { method, path }: { readonly method: string; readonly path: string },
): TakeStream {
  const { inFlight, clientAddressResolver, headers, observe, logger } = options;
  const { askerOf, decide } = createWarmDecision(options, { method, protocol: "grpc" });

  return (stream, given, passOn) => {
    if (given[":path"] !== path || given[":method"] !== "POST" || !isGrpc({ headers: given })) {
      return false;
    }
    const request = new StreamRequest(stream, given);
    const asker = askerOf(request);
    if (asker === undefined) {
      return false;
    }
    const leave = inFlight.enter();
    stream.on("error", (error) => logger.debug({ err: error }, "connection failed"));
    readBody(
      stream,
      (body) => {
        leave();
        const isDecided = decide(
          asker,
          () => {
            const check = checkIn(messageIn(body));
            const requirements = contextOf(check.contextExtensions);
            return { client: new EnvoyClientRequest(check, request, clientAddressResolver), requirements };
          },
          (decision, { client, requirements }, requestId) => {
            const message =
              decision.refusal === undefined
                ? passing(decision.valid, removedFrom(client, requirements))
                : refusing(decision.refusal, requestId);
            return write(request, { ...headers, "x-request-id": requestId }, message) ? "ok" : "canceled";
          },
        );
        if (!isDecided) {
          passOn(body);
        }
      },
      (why) => {
        leave();
        observe("canceled", (performance.now() - asker.startedAt) / 1000);
        if (why === "late") {
          stream.close(constants.NGHTTP2_CANCEL);
        }
      },
    );
    return true;
  };
}

/** Envoy's own call. */
class StreamRequest implements HeadedRequest {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
  }

  get socket() {
    return this.stream.session?.socket;
  }
}

/** @returns whether somebody was there to hear it */
function write({ stream, headers: asked }: StreamRequest, headers: OutgoingHttpHeaders, message: Buffer): boolean {
  if (isOver(stream)) {
    return false;
  }
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.respond({ ...headers, ":status": 200, "content-type": asked["content-type"] }, { waitForTrailers: true });
  stream.end(message);
  return true;
}
