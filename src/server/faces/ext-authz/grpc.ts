import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import { ConnectError } from "@connectrpc/connect";
import { maxMessageBytes } from "../../call/message-bounds.js";
import { type HeadedRequest, type HttpRequest, type HttpResponse, respondProblem } from "../../http/http.js";
import { RequirementError } from "../gateway/requirements.js";

/** In front of a message: whether it is compressed, and its length. */
const prefixBytes = 5;

/** A request and its response over HTTP/2. */
export interface GrpcExchange {
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
}

/** A question by gRPC; undefined: it is none. */
export function grpcExchange(request: HttpRequest, response: HttpResponse): GrpcExchange | undefined {
  return "stream" in request && request.method === "POST" && isGrpc(request)
    ? { request, response: response as Http2ServerResponse }
    : undefined;
}

/** Refuses what is no question by gRPC. */
export function refuseOthers(request: HttpRequest, response: HttpResponse): number {
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    respondProblem(request, response, 405, "the method must be POST");
  } else if (!isGrpc(request)) {
    respondProblem(
      request,
      response,
      415,
      "Envoy's external authorization is served over gRPC alone: application/grpc",
    );
  } else {
    respondProblem(request, response, 505, "this version of HTTP cannot carry the call; use HTTP/2");
  }
  return response.statusCode;
}

export function isGrpc({ headers }: Pick<HeadedRequest, "headers">): boolean {
  const type = headers["content-type"];
  return type === "application/grpc" || type === "application/grpc+proto";
}

/** How long a question is waited for, in milliseconds. */
const bodyMs = 3_000;

/** Why there is no question: who asks has left, or is slow. */
export type NoBody = "left" | "late";

/**
 * @param whole given all of a body, or as much as tells that it is too large
 * @param none told that there is none
 */
export function readBody(stream: ServerHttp2Stream, whole: (body: Buffer) => void, none: (why: NoBody) => void): void {
  if (isOver(stream)) {
    none("left");
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  let over = false;
  const settle = (): boolean => {
    const first = !over;
    over = true;
    clearTimeout(timer);
    return first;
  };
  const end = (): void => {
    if (settle()) {
      if (stream.aborted) {
        none("left");
      } else {
        whole(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      }
    }
  };
  const timer = setTimeout(() => settle() && none("late"), bodyMs);
  stream.on("data", (chunk: Buffer) => {
    if (!over) {
      chunks.push(chunk);
      bytes += chunk.length;
    }
    if (bytes > prefixBytes + maxMessageBytes) {
      end();
    }
  });
  stream.on("end", end);
  stream.on("close", () => settle() && none("left"));
}

/** Whether a stream takes no answer any more. One that was reset without an error is closed a while before it is destroyed. */
export function isOver({ destroyed, closed }: ServerHttp2Stream): boolean {
  return destroyed || closed;
}

/** The message of a body. @throws RequirementError */
export function messageIn(body: Buffer): Buffer {
  if (body.length > prefixBytes + maxMessageBytes) {
    throw new RequirementError(
      `the question is larger than ${maxMessageBytes} bytes; do not send bodies along (with_request_body)`,
    );
  }
  if (body.length < prefixBytes || body.readUInt32BE(1) !== body.length - prefixBytes) {
    throw new RequirementError("what was sent is not one message of gRPC");
  }
  if (body[0] !== 0) {
    throw new RequirementError("the question is compressed; do not compress it");
  }
  return body.subarray(prefixBytes);
}

/** A message with what stands in front of it. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

/** Ends a response whose headers were set. @param answer a message as `framed` gives it, or an error */
export function endGrpc({ request, response }: GrpcExchange, answer: Buffer | ConnectError): void {
  // By itself: headers that end the response at once would have no trailers after them.
  response.writeHead(200, { "content-type": request.headers["content-type"] });
  if (answer instanceof ConnectError) {
    response.addTrailers({
      "grpc-status": String(answer.code),
      "grpc-message": encodeURIComponent(answer.rawMessage),
    });
    response.end();
  } else {
    response.addTrailers({ "grpc-status": "0" });
    response.end(answer);
  }
}
