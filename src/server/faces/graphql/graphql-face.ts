import { Code, type ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import type { PublicUrl } from "../../../platform/public-url.js";
import { isOwnPage, pageHeadersOf } from "../../authority/own-page.js";
import { SessionCookies } from "../../authority/session-cookie.js";
import type { Served } from "../../call/call-log.js";
import { callerError } from "../../errors/caller-error.js";
import { type HttpRequest, type HttpResponse, pathOf } from "../../http/http.js";
import { readBody } from "../request-body.js";
import { sendAnswer } from "../send-answer.js";
import type { ServeRequest } from "../serve-request.js";
import { infoOf, refusalHeaders } from "../told-error.js";
import type { Execute } from "./execute.js";
import { maxAliases, maxBodyBytes } from "./limits.js";
import { createOwnerCalls, type OwnerCallsOptions } from "./owner-calls.js";
import { RequestParamsError, requestParams } from "./request-params.js";
import { refused, type ToldError, toldError } from "./told-errors.js";

/** Serves owners' keys by GraphQL. Undefined: the path is not its own. */
export type GraphqlFace = (
  request: HttpRequest,
) => { readonly rpc: undefined; readonly served: Served; readonly serve: ServeRequest } | undefined;

export interface GraphqlFaceOptions extends OwnerCallsOptions {
  /** Whether clients may ask what there is. */
  readonly introspection: boolean;
  /** What tells our own pages from others. */
  readonly publicUrl: PublicUrl;
}

/** A request that is not executed. */
interface Refusal {
  readonly status: number;
  readonly error: ToldError;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where it is served. */
export const graphqlPath = "/graphql";

/** The rpcs that a request asks for have lines of their own in the log; its own is of interest where it comes to none. */
const served: Served = { method: "graphql", isProbe: false, isVerification: true };

const methods = "POST, OPTIONS";
const json = /^application\/json *(; *charset="?utf-8"?)?$/i;

export function createGraphqlFace({ introspection, publicUrl, ...options }: GraphqlFaceOptions): GraphqlFace {
  const { logger, handlerOptions } = options;
  const calls = createOwnerCalls(options);
  const cookies = new SessionCookies(publicUrl);
  let loading: Promise<Execute> | undefined;
  /** Nobody who does not use it pays for it: it is loaded when it is first asked for. */
  const execution = (): Promise<Execute> => {
    loading ??= import("./execute.js").then(({ createExecute }) => createExecute({ introspection, logger }));
    return loading;
  };

  /** Reading by a cookie is held to pages of our own, too: what a request asks for is not known before it is read. */
  const foreignPage = ({ headers }: HttpRequest, requestId: string): Refusal | undefined => {
    if (cookies.read(headers.cookie).session === undefined || isOwnPage(pageHeadersOf(headers), publicUrl)) {
      return undefined;
    }
    const detail = "a request by cookie must come from a page of Altalune's own";
    return { status: 403, error: refused("FORBIDDEN", "FOREIGN_PAGE", detail, requestId) };
  };

  const serve: ServeRequest = async (request, response, call, values, bodyRead) => {
    const { requestId } = call;
    const fault = faultOf(request, requestId) ?? foreignPage(request, requestId);
    if (fault !== undefined) {
      await refuse(request, response, fault);
      return;
    }
    // Each call that is under way hears when the client leaves.
    response.setMaxListeners(2 * maxAliases + response.getMaxListeners());
    const answerHeaders = new Headers();
    const visit = { request, response, call, values, answerHeaders };
    let end: (() => void) | undefined;
    try {
      end = await calls.admit(visit);
      const body = bodyRead ?? (await readBody(request, call, maxBodyBytes));
      const params = requestParams(body);
      call.phase = "handling";
      const execute = await execution();
      const accept = acceptable(request.headers.accept);
      const executed = await execute(params, accept, { ask: calls.rpcsOf(visit), requestId });
      if (executed.status !== 200) {
        call.failed(Code.InvalidArgument);
      }
      answerHeaders.set("content-type", executed.contentType);
      const answer = { ...executed, headers: answerHeaders };
      await sendAnswer(request, response, handlerOptions.acceptCompression ?? [], answer);
    } catch (thrown) {
      if (thrown instanceof RequestParamsError) {
        call.failed(Code.InvalidArgument);
        const error = refused("BAD_REQUEST", "REQUEST_INVALID", thrown.message, requestId);
        await refuse(request, response, { status: 400, error }, answerHeaders);
        return;
      }
      const error = callerError(thrown, requestId, logger);
      call.failed(error.code);
      await refuse(request, response, refusalOf(error, call.phase === "decoding", requestId), answerHeaders);
    } finally {
      end?.();
    }
  };
  return (request) => (pathOf(request) === graphqlPath ? { rpc: undefined, served, serve } : undefined);
}

/** Why a request is not served, whoever sends it; undefined: it is. */
function faultOf({ method, headers }: HttpRequest, requestId: string) {
  if (method !== "POST") {
    const detail = `${graphqlPath} takes ${methods}; there is no GraphQL by other methods`;
    const error = refused("BAD_REQUEST", "METHOD_NOT_ALLOWED", detail, requestId);
    return { status: 405, error, headers: { allow: methods } };
  }
  const isPlain = (headers["content-encoding"] ?? "identity") === "identity";
  // Of other types, some are sent by a form of any page.
  if (!isPlain || !json.test(headers["content-type"] ?? "")) {
    const detail =
      "send the body as JSON in UTF-8, with Content-Type: application/json, and without a Content-Encoding";
    return { status: 415, error: refused("BAD_REQUEST", "UNSUPPORTED_MEDIA_TYPE", detail, requestId) };
  }
  if (headers["idempotency-key"] !== undefined) {
    const detail = "the header Idempotency-Key is not heeded here; leave it out, or create by another route";
    return { status: 400, error: refused("BAD_REQUEST", "REQUEST_INVALID", detail, requestId) };
  }
  return undefined;
}

function refusalOf(error: ConnectError, isUnread: boolean, requestId: string): Refusal {
  if (isUnread && error.code === Code.ResourceExhausted) {
    const detail = `a request has at most ${maxBodyBytes} bytes`;
    return { status: 413, error: refused("BAD_REQUEST", "REQUEST_TOO_LARGE", detail, requestId) };
  }
  const status = codeToHttpStatus(error.code);
  return { status, error: toldError(error, requestId), headers: refusalHeaders(status, infoOf(error).facts) };
}

async function refuse(
  request: HttpRequest,
  response: HttpResponse,
  { status, error, headers = {} }: Refusal,
  answerHeaders = new Headers(),
): Promise<void> {
  await sendAnswer(request, response, [], {
    status,
    headers: Object.entries({
      ...Object.fromEntries(answerHeaders),
      "content-type": acceptable(request.headers.accept),
      ...headers,
    }),
    body: Buffer.from(JSON.stringify({ errors: [error] })),
  });
}

/** Answers have one of two types, and that of plain JSON for whoever asks for others. */
function acceptable(accept: string | undefined): string {
  const own = "application/graphql-response+json";
  return accept?.includes(own) === true ? own : "application/json";
}
