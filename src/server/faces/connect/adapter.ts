import { createAsyncIterable, type UniversalHandler, type UniversalServerRequest } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Call } from "../../call/call.js";
import type { CallValues } from "../../call/call-context.js";
import { clampDeadline } from "../../call/deadlines.js";
import { type HttpRequest, type HttpResponse, respondJson } from "../../http/http.js";
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
  clampDeadline(universal.header, handler.method.methodKind === "unary");
  const answer = await handler({
    ...universal,
    body: body === undefined ? requestBody(request, call) : createAsyncIterable([body]),
  });
  await universalResponseToNodeResponse(answer, response);
}
