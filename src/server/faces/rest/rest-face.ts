import type { DescMethodUnary } from "@bufbuild/protobuf";
import { type HttpRequest, type HttpResponse, hasBody, pathOf } from "../../http/http.js";
import { maxCallMs } from "../../http/limits.js";
import type { MountedRpc } from "../mounted-rpcs.js";
import { readBody } from "../request-body.js";
import { type Route, routesOf } from "../routes.js";
import { sendAnswer } from "../send-answer.js";
import type { ServeRequest } from "../serve-request.js";
import { createUnaryCall, type UnaryCallOptions } from "../unary-call.js";
import { type Refusal, refusal, refusalOf } from "./problem.js";
import { requestJson } from "./request-json.js";
import { type MatchedRoute, RestRouter } from "./router.js";
import { successOf } from "./success.js";

/** What is served at a path below /v1: an rpc, or a refusal that says what there is. */
export interface RestEndpoint {
  /** Undefined: none is at this path by this method. */
  readonly rpc: DescMethodUnary | undefined;
  readonly serve: ServeRequest;
}

/** Serves the rpcs by routes, in JSON. Undefined: the path is not one of its own. */
export type RestFace = (request: HttpRequest) => RestEndpoint | undefined;

export interface RestFaceOptions extends UnaryCallOptions {
  readonly mounted: ReadonlyMap<string, MountedRpc>;
}

const prefix = "/v1/";

/** JSON, whatever parameters its type has; a body of an older or newer kind of JSON is none. */
const jsonType = /^application\/json\s*(?:;|$)/i;

export function createRestFace({ mounted, ...options }: RestFaceOptions): RestFace {
  const rpcs = [...mounted.values()];
  const router = new RestRouter(rpcs.flatMap(({ rpc }) => routesOf(rpc.method)));
  const serveRoute = new Map(rpcs.map((rpc) => [rpc.rpc.method, createServe(rpc, options)] as const));
  return (request) => {
    const path = pathOf(request);
    if (!path.startsWith(prefix)) {
      return undefined;
    }
    const matched = router.find(request.method === "HEAD" ? "GET" : (request.method ?? ""), path);
    const serve = matched && serveRoute.get(matched.route.method);
    if (matched === undefined || serve === undefined) {
      return { rpc: undefined, serve: serveElse(router.methodsOf(path)) };
    }
    return { rpc: matched.route.method, serve: serve(matched) };
  };
}

function createServe(mounted: MountedRpc, options: UnaryCallOptions): (matched: MatchedRoute) => ServeRequest {
  const run = createUnaryCall(mounted, options);
  const { readMaxBytes, acceptCompression } = { ...options.handlerOptions, ...mounted.options };
  return (matched) => async (request, response, call, values, bodyRead) => {
    const refuse = (refused: Refusal) => sendRefusal(request, response, refused);
    const fault = hasBody(request) ? bodyFault(matched.route, request, call.requestId) : undefined;
    if (fault !== undefined) {
      await refuse(fault);
      return;
    }
    const answered = await run({
      request,
      response,
      call,
      values,
      protocolName: "rest",
      encoding: "json",
      timeoutMs: maxCallMs,
      read: async () => {
        const takesBody = matched.route.body !== undefined;
        const body = bodyRead ?? (takesBody ? await readBody(request, call, readMaxBytes) : new Uint8Array());
        return requestJson(matched, request, body);
      },
    });
    if ("error" in answered) {
      await refuse(refusalOf(answered.error, request, call.requestId, call.phase === "decoding"));
      return;
    }
    const { status, headers } = successOf(matched.route.method, request, answered.answer);
    for (const [name, value] of Object.entries({ "content-type": "application/json", ...headers })) {
      answered.context.responseHeader.set(name, value);
    }
    const { responseHeader } = answered.context;
    await sendAnswer(request, response, acceptCompression, { status, headers: responseHeader, body: answered.body });
  };
}

/** Why a body is not read, whatever is in it; undefined: it is. */
function bodyFault({ body }: Route, { headers }: HttpRequest, requestId: string): Refusal | undefined {
  if (body === undefined) {
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
function serveElse(methods: readonly string[]): ServeRequest {
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

async function sendRefusal(request: HttpRequest, response: HttpResponse, { problem, headers }: Refusal): Promise<void> {
  await sendAnswer(request, response, [], {
    status: problem.status,
    headers: Object.entries({ "content-type": "application/problem+json", ...headers }),
    body: Buffer.from(JSON.stringify(problem)),
  });
}
