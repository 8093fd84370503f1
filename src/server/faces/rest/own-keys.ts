import type { DescMethodUnary, JsonValue } from "@bufbuild/protobuf";
import type {
  CreateMyApiKeyResponse,
  GetMyApiKeyResponse,
  QueryMyApiKeysResponse,
} from "../../../../gen/altalune/v1/my_api_key_pb.js";
import { ownKeyNoteKey } from "../../../domain/caller-context.js";
import { type HttpRequest, pathOf, queryOf } from "../../http/http.js";
import type { MountedRpc } from "../mounted-rpcs.js";
import { sendAnswer } from "../send-answer.js";
import type { ServeRequest } from "../serve-request.js";
import type { AnsweredCall, UnaryCallOptions } from "../unary-call.js";
import type { RestEndpoint } from "./endpoint.js";
import { askedOf, shownKey, shownNewKey } from "./own-keys-json.js";
import { othersKey, ownKeysRefusal, unknownKey } from "./own-keys-refusals.js";
import { type OwnKeysRoute, ownKeysAt } from "./own-keys-routes.js";
import { refusalOf } from "./problem.js";
import { sendRefusal, serveElse } from "./refuse.js";
import { createRestCall } from "./rest-call.js";

/** What is answered beside a status of success. */
interface Shown {
  readonly status: 200 | 201 | 204;
  readonly body?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves an owner's keys by the routes that APIs had for them before: `/users/me/apikeys` and `/api/keys`, in JSON of their own. Each is
 * one of the rpcs of MyApiKeyService in another form, and goes the way of all calls.
 */
export function createOwnKeys(
  mounted: ReadonlyMap<string, MountedRpc>,
  options: UnaryCallOptions,
): (request: HttpRequest) => RestEndpoint | undefined {
  const serves = new Map(
    [...mounted.values()].map((rpc) => [rpc.rpc.method as DescMethodUnary, createServe(rpc, options)] as const),
  );
  return (request) => {
    const routes = ownKeysAt(pathOf(request));
    const route = routes?.get(request.method === "HEAD" ? "GET" : (request.method ?? ""));
    if (routes === undefined) {
      return undefined;
    }
    const serve = route && serves.get(route.rpc);
    if (route === undefined || serve === undefined) {
      const methods = [...routes.keys()];
      return {
        rpc: undefined,
        serve: serveElse([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"]),
      };
    }
    return { rpc: route.rpc, serve: serve(route) };
  };
}

function createServe(mounted: MountedRpc, options: UnaryCallOptions): (route: OwnKeysRoute) => ServeRequest {
  const run = createRestCall(mounted, options);
  const { acceptCompression } = { ...options.handlerOptions, ...mounted.options };
  return (route) => async (request, response, call, values, bodyRead) => {
    const takesBody = route.rpc.name === "CreateMyApiKey";
    const messageOf = (body: Uint8Array) => Buffer.from(JSON.stringify(askedOf(route, request, body)));
    const answered = await run({ request, response, call, values, bodyRead, takesBody, messageOf });
    if ("fault" in answered) {
      await sendRefusal(request, response, ownKeysRefusal(answered.fault));
      return;
    }
    const note = values.get(ownKeyNoteKey);
    if ("error" in answered) {
      const refused = refusalOf(answered.error, request, call.requestId, call.phase === "decoding");
      const isTold = route.family === "users" && note === "another owner's";
      await sendRefusal(
        request,
        response,
        isTold ? othersKey(call.requestId) : ownKeysRefusal(refused),
        answered.context.responseHeader,
      );
      return;
    }
    if (route.family === "users" && note === "revoked before") {
      // It was deleted, and is there no more.
      await sendRefusal(request, response, unknownKey(call.requestId), answered.context.responseHeader);
      return;
    }
    const { status, body, headers = {} } = shownOf(route, request, answered);
    const { responseHeader } = answered.context;
    for (const [name, value] of Object.entries({
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    })) {
      responseHeader.set(name, value);
    }
    const text = body === undefined ? "" : JSON.stringify(body);
    await sendAnswer(request, response, acceptCompression, {
      status,
      headers: responseHeader,
      body: Buffer.from(text),
    });
  };
}

function shownOf(
  route: OwnKeysRoute,
  request: HttpRequest,
  { answer }: Extract<AnsweredCall, { readonly body: Uint8Array }>,
): Shown {
  switch (route.rpc.name) {
    case "QueryMyApiKeys": {
      const { data, meta } = answer as QueryMyApiKeysResponse;
      const body = data.map((apiKey) => shownKey(route, apiKey));
      return { status: 200, body, headers: linkToNext(request, meta?.nextPageToken ?? "") };
    }
    case "CreateMyApiKey": {
      const { apiKey, keyValue } = answer as CreateMyApiKeyResponse;
      const headers = { location: `${pathOf(request)}/${apiKey?.id ?? ""}` };
      return { status: 201, body: shownNewKey(route, apiKey, keyValue), headers };
    }
    case "GetMyApiKey":
      return { status: 200, body: shownKey(route, (answer as GetMyApiKeyResponse).apiKey) };
    default:
      return { status: 204 };
  }
}

/** A list of more than a page goes on at a link (RFC 8288). */
function linkToNext(request: HttpRequest, token: string): Readonly<Record<string, string>> {
  if (token === "") {
    return {};
  }
  const query = new URLSearchParams(queryOf(request));
  query.delete("page");
  query.set("page_token", token);
  return { link: `<${pathOf(request)}?${query}>; rel="next"` };
}
