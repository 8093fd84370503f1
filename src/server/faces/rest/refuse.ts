import type { HttpRequest, HttpResponse } from "../../http/http.js";
import { sendAnswer } from "../send-answer.js";
import type { ServeRequest } from "../serve-request.js";
import { type Refusal, refusal } from "./problem.js";

/** JSON, whatever parameters its type has; a body of an older or newer kind of JSON is none. */
const jsonType = /^application\/json\s*(?:;|$)/i;

/** Why a body is not read, whatever is in it; undefined: it is. */
export function bodyFault(takesBody: boolean, { headers }: HttpRequest, requestId: string): Refusal | undefined {
  if (!takesBody) {
    // What is said there would be passed over: an etag, say, by which a deletion was to be held up.
    const detail = "a body is not read here; say in the query what is to be said, and send none";
    return refusal(400, "INVALID_ARGUMENT", detail, requestId);
  }
  const unsupported = (detail: string) => refusal(415, "UNSUPPORTED_MEDIA_TYPE", detail, requestId);
  if ((headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") {
    return unsupported("send the body without a Content-Encoding");
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers["content-type"] ?? "")?.[1];
  return jsonType.test(headers["content-type"] ?? "") && /^utf-?8$/i.test(charset ?? "utf-8")
    ? undefined
    : unsupported("send the body as JSON in UTF-8, with Content-Type: application/json");
}

/** @param methods by which the path is served */
export function serveElse(methods: readonly string[]): ServeRequest {
  return async (request, response, call) => {
    const allow = methods.join(", ");
    if (methods.length === 0) {
      const detail = "nothing is served at this path; docs/api.md has the routes";
      await sendRefusal(request, response, refusal(404, "ROUTE_NOT_FOUND", detail, call.requestId));
    } else if (request.method === "OPTIONS") {
      await sendAnswer(request, response, [], { status: 200, headers: [["allow", allow]], body: new Uint8Array() });
    } else {
      const detail = `this path takes ${allow}`;
      await sendRefusal(request, response, refusal(405, "METHOD_NOT_ALLOWED", detail, call.requestId, { allow }));
    }
  };
}

/** @param said what was said in headers before it was refused */
export async function sendRefusal(
  request: HttpRequest,
  response: HttpResponse,
  { problem, headers }: Refusal,
  said: Iterable<readonly [string, string]> = [],
): Promise<void> {
  await sendAnswer(request, response, [], {
    status: problem.status,
    headers: [...said, ...Object.entries({ "content-type": "application/problem+json", ...headers })],
    body: Buffer.from(JSON.stringify(problem)),
  });
}
