import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "pino";
import { PublicUrlMissingError } from "../../domain/public_url/errors.js";
import { isPublicId, noPublicId } from "../../platform/ids.js";
import { pageHeadersOf } from "../authority/own-page.js";
import { SessionCookies } from "../authority/session-cookie.js";
import type { Call } from "../call/call.js";
import type { CallValues } from "../call/call-context.js";
import type { InFlight } from "../call/in-flight.js";
import { readBody } from "../faces/request-body.js";
import type { RestEndpoint } from "../faces/rest/endpoint.js";
import { refusal } from "../faces/rest/problem.js";
import { sendRefusal } from "../faces/rest/refuse.js";
import type { RestFace } from "../faces/rest/rest-face.js";
import { sendAnswer } from "../faces/send-answer.js";
import { type HttpRequest, type HttpResponse, hasBody, pathOf, queryOf } from "../http/http.js";
import { maxCallMs } from "../http/limits.js";
import { toldAtPage } from "./oidc-routes.js";
import { authRefusalOf, withNames } from "./refusals.js";
import type { AuthAnswer, AuthServices, RouteTable, Visit } from "./route.js";
import { authRoutes } from "./routes.js";
import { userOf, visitorOf } from "./visit.js";

const maxBodyBytes = 16 * 1024;
const jsonType = /^application\/json\s*(?:;|$)/i;
const routes: RouteTable = authRoutes;
const withId = /^(\/api\/auth\/(?:sessions|passkeys)\/)([^/]+)$/;

export interface AuthFaceOptions extends Omit<AuthServices, "cookies"> {
  readonly inFlight: InFlight;
  readonly logger: Logger;
  /** Whether there is a page that tells people of refusals. */
  readonly console: boolean;
}

/** Serves people who sign in: registration, sessions, tokens. Undefined: the path is none of these. */
export function createAuthFace({ inFlight, logger, console, ...given }: AuthFaceOptions): RestFace {
  const services: AuthServices = { ...given, cookies: new SessionCookies(given.publicUrl) };

  const answer = async (
    serve: (visit: Visit, services: AuthServices) => Promise<AuthAnswer>,
    request: HttpRequest,
    call: Call,
    values: CallValues,
    id: string,
    bodyRead: Buffer | undefined,
  ): Promise<AuthAnswer> => {
    if (inFlight.draining) {
      throw new ConnectError("this server is shutting down; try again", Code.Unavailable);
    }
    if (services.publicUrl.base === undefined) {
      throw new PublicUrlMissingError();
    }
    const { authorization, cookie } = request.headers;
    const { session, flow } = services.cookies.read(cookie);
    return serve(
      {
        visitor: visitorOf(request, values, services.cookies),
        page: pageHeadersOf(request.headers),
        hasCredential: authorization !== undefined || session !== undefined,
        user: (by) => userOf(request, values, services, by),
        hasBody: hasBody(request),
        async body() {
          call.phase = "decoding";
          const bytes = bodyRead ?? (await readBody(request, call, maxBodyBytes));
          call.phase = "handling";
          return bytes;
        },
        id,
        query: queryOf(request),
        flow,
      },
      services,
    );
  };

  return (request): RestEndpoint | undefined => {
    const path = pathOf(request);
    // Routes of their own go before what may be an id.
    const [, folder, named = ""] = Object.hasOwn(routes, path) ? [] : (withId.exec(path) ?? []);
    // What is no id is that of nothing.
    const id = folder === undefined || isPublicId(named) ? named : noPublicId;
    const route = routes[folder === undefined ? path : `${folder}{id}`];
    if (route === undefined) {
      return undefined;
    }
    const served = { method: servedName(folder ?? path), isProbe: false, isVerification: false };
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "");
    // A method may be any word over HTTP/2.
    const serve = Object.hasOwn(route, method) ? route[method] : undefined;
    return {
      rpc: undefined,
      served,
      async serve(_request, response, call, values, body) {
        call.protocol = "rest";
        call.signal = AbortSignal.timeout(maxCallMs);
        const fault = serve === undefined ? notAllowed(route, call) : bodyFault(request, call);
        if (serve === undefined || fault !== undefined) {
          await send(request, response, call, fault);
          return;
        }
        try {
          call.phase = "handling";
          await sendAuthAnswer(request, response, await answer(serve, request, call, values, id, body));
        } catch (error) {
          const refused = authRefusalOf(error, request, call, logger);
          const page = console ? toldAtPage(request, refused.problem.error, services) : undefined;
          if (page === undefined) {
            await send(request, response, call, refused);
          } else {
            call.refused(refused.problem.status);
            await sendAuthAnswer(request, response, { status: 303, location: page });
          }
        }
      },
    };
  };
}

async function send(
  request: HttpRequest,
  response: HttpResponse,
  call: Call,
  refused: ReturnType<typeof withNames> | undefined,
): Promise<void> {
  if (refused !== undefined) {
    call.refused(refused.problem.status);
    await sendRefusal(request, response, refused);
  }
}

async function sendAuthAnswer(
  request: HttpRequest,
  response: HttpResponse,
  { status, body, cookies, location }: AuthAnswer,
): Promise<void> {
  if (cookies !== undefined) {
    response.setHeader("set-cookie", [...cookies]);
  }
  if (location !== undefined) {
    response.setHeader("location", location);
    response.setHeader("cache-control", "no-store");
  }
  if (body === undefined) {
    response.statusCode = status;
    response.end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  await sendAnswer(request, response, [], { status, headers: [["content-type", "application/json"]], body: bytes });
}

/** A form of another page cannot send JSON: a browser asks before it does. */
function bodyFault(request: HttpRequest, call: Call) {
  if (!hasBody(request) || jsonType.test(request.headers["content-type"] ?? "")) {
    return undefined;
  }
  const detail = "send the body as JSON, with Content-Type: application/json";
  return withNames(refusal(415, "UNSUPPORTED_MEDIA_TYPE", detail, call.requestId));
}

function notAllowed(route: Readonly<Record<string, unknown>>, call: Call) {
  const allow = Object.keys(route).join(", ");
  return withNames(refusal(405, "METHOD_NOT_ALLOWED", `this path takes ${allow}`, call.requestId, { allow }));
}

/** As logs and metrics name it: without what a path names. */
function servedName(path: string): string {
  return path.replace(/^\/(?:api\/)?/, "").replace(/\/$/, "");
}
