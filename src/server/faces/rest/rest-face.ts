import { type HttpRequest, pathOf } from "../../http/http.js";
import type { MountedRpc } from "../mounted-rpcs.js";
import { routesOf } from "../routes.js";
import { sendAnswer } from "../send-answer.js";
import type { ServeRequest } from "../serve-request.js";
import type { UnaryCallOptions } from "../unary-call.js";
import type { RestEndpoint } from "./endpoint.js";
import { createOwnKeys } from "./own-keys.js";
import { type Refusal, refusalOf } from "./problem.js";
import { sendRefusal, serveElse } from "./refuse.js";
import { requestJson } from "./request-json.js";
import { createRestCall } from "./rest-call.js";
import { type MatchedRoute, RestRouter } from "./router.js";
import { successOf } from "./success.js";

/** Serves the rpcs by routes, in JSON. Undefined: the path is not one of its own. */
export type RestFace = (request: HttpRequest) => RestEndpoint | undefined;

export interface RestFaceOptions extends UnaryCallOptions {
  readonly mounted: ReadonlyMap<string, MountedRpc>;
}

const prefix = "/v1/";

export function createRestFace({ mounted, ...options }: RestFaceOptions): RestFace {
  const rpcs = [...mounted.values()];
  const router = new RestRouter(rpcs.flatMap(({ rpc }) => routesOf(rpc.method)));
  const ownKeys = createOwnKeys(mounted, options);
  const serveRoute = new Map(rpcs.map((rpc) => [rpc.rpc.method, createServe(rpc, options)] as const));
  return (request) => {
    const path = pathOf(request);
    if (!path.startsWith(prefix)) {
      return ownKeys(request);
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
  const run = createRestCall(mounted, options);
  const { acceptCompression } = { ...options.handlerOptions, ...mounted.options };
  return (matched) => async (request, response, call, values, bodyRead) => {
    const refuse = (refused: Refusal, said?: Headers) => sendRefusal(request, response, refused, said);
    const takesBody = matched.route.body !== undefined;
    const messageOf = (body: Uint8Array) => requestJson(matched, request, body);
    const answered = await run({ request, response, call, values, bodyRead, takesBody, messageOf });
    if ("fault" in answered) {
      await refuse(answered.fault);
      return;
    }
    if ("error" in answered) {
      await refuse(
        refusalOf(answered.error, request, call.requestId, call.phase === "decoding"),
        answered.context.responseHeader,
      );
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
