import { Code } from "@connectrpc/connect";
import { createAsyncIterable, type UniversalHandler, type UniversalServerRequest } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Call } from "../../call/call.js";
import { type CallValues, principalLabelKey } from "../../call/call-context.js";
import { clampDeadline } from "../../call/deadlines.js";
import { type HttpRequest, type HttpResponse, respondJson, respondProblem } from "../../http/http.js";
import { inspectedBody } from "../../inspection/inspected-body.js";
import { requestBody } from "../request-body.js";

/**
 * Lets a Connect handler serve a request of Node's. Rejects when the client left.
 *
 * @param body what was read of the request already, which is all of it; undefined: nothing
 */
export async function serveRpc(
  handler: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
  call: Call,
  values: CallValues,
  body?: Buffer,
): Promise<void> {
  let universal: UniversalServerRequest;
  try {
    universal = universalRequestFromNodeRequest(request, response, undefined, values);
  } catch {
    respondJson(request, response, 400, { code: "invalid_argument", message: "the request names no valid host" });
    return;
  }
  if (request.method === "POST" && isWebText(request)) {
    tellWebText(response, call);
    return;
  }
  clampDeadline(universal.header, handler.method.methodKind === "unary");
  if (universal.header.has("content-encoding")) {
    // HTTP holds the body to it; what is inspected may be compressed anew, to another length.
    universal.header.delete("content-length");
  }
  const bytes = body === undefined ? requestBody(request, call) : createAsyncIterable([body]);
  const answer = await handler({
    ...universal,
    body:
      handler.method.methodKind === "unary"
        ? inspectedBody(handler.method, request, bytes, () => values.get(principalLabelKey))
        : bytes,
  });
  if (answer.status >= 400 && answer.body === undefined) {
    refuse(handler, answer.status, request, response);
    return;
  }
  await universalResponseToNodeResponse(answer, response);
}

/**
 * What the library refuses by a status alone gets a body that says how to do it right. Not a Connect error, which has a
 * code: the protocol's clients make one of the status, and those of gRPC take such a body for a broken one.
 */
function refuse(handler: UniversalHandler, status: number, request: HttpRequest, response: HttpResponse): void {
  const methods = handler.allowedMethods.join(", ");
  const detail =
    status === 405
      ? `the method must be one of ${methods}`
      : status === 415
        ? "the content type must be application/json or application/proto (Connect), application/grpc or application/grpc-web; a charset must be utf-8"
        : "this version of HTTP cannot carry the call; use HTTP/2";
  if (status === 405) {
    response.setHeader("allow", methods);
  }
  respondProblem(request, response, status, detail);
}

function isWebText(request: HttpRequest): boolean {
  return /^application\/grpc-web-text(?:[+;]|$)/i.test(request.headers["content-type"] ?? "");
}

/** A client of gRPC-Web in base64 reads its status in the headers of an answer without a message. */
function tellWebText(response: HttpResponse, call: Call): void {
  call.protocol = "grpc-web";
  call.failed(Code.Unimplemented);
  response.statusCode = 200;
  response.setHeader("content-type", "application/grpc-web-text+proto");
  response.setHeader("grpc-status", String(Code.Unimplemented));
  response.setHeader("grpc-message", "gRPC-Web in base64 is not served: use application/grpc-web+proto");
  response.end("");
}
