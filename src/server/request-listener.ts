import { constants } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { Logger } from "pino";
import { Call } from "./call/call.js";
import { createCallValues } from "./call/call-context.js";
import { type CallLog, servedNowhere, servedProbe, servedRpc } from "./call/call-log.js";
import type { InFlight } from "./call/in-flight.js";
import { requestIdOf } from "./call/request-id.js";
import { serveRpc } from "./faces/connect/adapter.js";
import type { GatewayFace } from "./faces/gateway/gateway-face.js";
import { notFound } from "./faces/not-found.js";
import type { RestFace } from "./faces/rest/rest-face.js";
import type { UnaryFace } from "./faces/unary/unary-face.js";
import type { WarmVerification } from "./faces/unary/warm-verification.js";
import { AnswersInTurn } from "./http/answers-in-turn.js";
import { sendWaiting } from "./http/answers-together.js";
import { refuseRequest } from "./http/bad-request.js";
import { BeginsInTurn } from "./http/begins-in-turn.js";
import { type ClientAddressResolver, clientAddressOf } from "./http/client-address.js";
import type { Cors } from "./http/cors.js";
import { type HttpRequest, type HttpResponse, pathOf } from "./http/http.js";
import { faultOf, normalizeRequest } from "./http/normalize-request.js";
import { ProbesInTurn } from "./http/probes-in-turn.js";
import type { Probe } from "./ops/probes.js";

export interface RequestListenerOptions {
  readonly handlers: readonly UniversalHandler[];
  readonly probes: ReadonlyMap<string, Probe>;
  /** Full names of the services that a drain does not wait for. */
  readonly openServices: ReadonlySet<string>;
  readonly cors: Cors;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clientAddressResolver: ClientAddressResolver;
  readonly inFlight: InFlight;
  readonly callLog: CallLog;
  readonly logger: Logger;
  /** Undefined: no unary rpcs but by the library. */
  readonly unaryFace?: UnaryFace | undefined;
  /** Undefined: no rpcs by their routes. */
  readonly restFace?: RestFace | undefined;
  /** What answers gateways; none: they are not served. */
  readonly gatewayFaces: readonly GatewayFace[];
  /** Whose a request with this header is, as far as memory knows; all others are of one. */
  readonly actorOf: (authorization: string | undefined) => string;
  /** Takes what it can answer faster; undefined: nothing. */
  readonly warmVerification?: WarmVerification | undefined;
}

/** Takes requests of either version of HTTP to where they are served. */
export function createRequestListener(
  options: RequestListenerOptions,
): (request: HttpRequest, response: HttpResponse, body?: Buffer) => void {
  const { probes, openServices, cors, inFlight, callLog, logger, unaryFace, restFace, gatewayFaces, warmVerification } =
    options;
  const rpcs = new Map(options.handlers.map((handler) => [handler.requestPath, handler]));

  const turns = new AnswersInTurn((request, response) => {
    const passOn = (body?: Buffer): void => serve(request, response, body);
    if (
      !warmVerification?.(request, response, passOn) &&
      !gatewayFaces.some((face) => face.answerNow?.(request, response))
    ) {
      serve(request, response);
    }
  });
  /** What answers a gateway at a path; undefined: the path is another's. */
  const gatewayFaceAt = (path: string) => gatewayFaces.find((face) => face.takes(path));

  const probesInTurn = new ProbesInTurn();
  const begins = new BeginsInTurn((request) => {
    const path = pathOf(request);
    return probes.has(path)
      ? path
      : (gatewayFaceAt(path)?.actorOf(request) ?? options.actorOf(request.headers.authorization));
  });
  const serve = (request: HttpRequest, response: HttpResponse, body?: Buffer): void => {
    sendWaiting();
    turns.hold(request, response);
    const path = pathOf(request);
    const requestId =
      gatewayFaceAt(path)?.requestIdOf(request) ??
      requestIdOf(request.headers["x-request-id"], request.headers.authorization);
    const call = new Call(requestId);
    const go = (): void => begins.take(request, () => begin(request, response, call, body));
    if (probes.has(path)) {
      probesInTurn.take(request, response, go);
    } else {
      go();
    }
  };

  const begin = (request: HttpRequest, response: HttpResponse, call: Call, body: Buffer | undefined): void => {
    const clientAddress = clientAddressOf(request, options.clientAddressResolver);
    const values = createCallValues(call, { requestId: call.requestId, clientAddress });
    const path = pathOf(request);
    const rest = restFace?.(request);
    const rpc = rest === undefined ? rpcs.get(path) : rest.rpc && rpcs.get(rpcPath(rest.rpc));
    const probe = probes.get(path);
    const gatewayFace = gatewayFaceAt(path);
    const served =
      rpc === undefined
        ? (gatewayFace?.served ?? rest?.served ?? (probe === undefined ? servedNowhere : servedProbe(path)))
        : servedRpc(rpc.service.typeName, rpc.method.name);

    response.setHeader("x-request-id", call.requestId);
    for (const [name, value] of Object.entries(options.headers)) {
      response.setHeader(name, value);
    }
    const onError = (error: Error): void => logger.debug({ err: error }, "connection failed");
    request.on("error", onError);
    response.on("error", onError);

    const isOpen =
      rpc === undefined
        ? gatewayFace === undefined && rest?.served === undefined
        : openServices.has(rpc.service.typeName);
    const leave = isOpen ? undefined : inFlight.enter();
    const logEnd = callLog(call, values, served);
    discardRest(request, response);
    response.once("close", () => {
      leave?.();
      const sent = "stream" in response ? response.writableEnded : response.writableFinished;
      if (!sent) {
        call.failed(Code.Canceled);
      } else if (call.protocol === undefined) {
        call.refused(response.statusCode);
      }
      logEnd();
    });

    if (inFlight.draining && request.httpVersionMajor === 1) {
      response.setHeader("connection", "close");
    }
    // A gateway passes on what it hears: a preflight that was answered here would be let through there.
    if (gatewayFace === undefined && cors(request, response)) {
      return;
    }
    const serving =
      gatewayFace?.serve(request, response, call, values, body) ??
      rest?.serve(request, response, call, values, body) ??
      (rpc === undefined
        ? (probe ?? notFound)(request, response, call)
        : (unaryFace?.(path, request)?.(request, response, call, values, body) ??
          serveRpc(rpc, request, response, call, values, body)));
    serving.catch((error: unknown) => {
      logger.debug({ err: error, request_id: call.requestId }, "response could not be written");
      response.destroy();
    });
  };
  return (request, response, body) => {
    const fault = faultOf(request);
    if (fault !== undefined) {
      logger.debug({ status: fault.status }, `request refused: ${fault.message}`);
      refuseRequest(request, response, fault);
      return;
    }
    normalizeRequest(request);
    if (body === undefined) {
      turns.take(request, response);
    } else {
      serve(request, response, body);
    }
  };
}

function rpcPath({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/**
 * A response may come before its request was read to the end. The rest must not stand in the way of what follows on an
 * HTTP/1.1 connection, nor keep a stream of HTTP/2 open.
 */
function discardRest(request: HttpRequest, response: HttpResponse): void {
  if ("stream" in request) {
    const { stream } = request;
    stream.once("finish", () => stream.resume());
    // The body is through, and this turn the trailers are written; closing before would lose them.
    stream.once("wantTrailers", () => {
      setImmediate(() => {
        if (!stream.readableEnded) {
          stream.close(constants.NGHTTP2_NO_ERROR);
        }
      });
    });
  } else {
    response.once("finish", () => request.resume());
  }
}
