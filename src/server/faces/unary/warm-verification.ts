import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { VerificationService as VerificationServiceDescriptor } from "../../../../gen/altalune/v1/verification_pb.js";
import type { RootKeyPrincipal } from "../../../domain/root_key/model.js";
import type { RootKeyService } from "../../../domain/root_key/service.js";
import type { Verdict } from "../../../domain/verification/model.js";
import type { VerificationService } from "../../../domain/verification/service.js";
import { bearerToken } from "../../authority/bearer-token.js";
import { createAuthorized } from "../../authority/remembered-authority.js";
import { createRememberedPrincipal } from "../../authority/remembered-principal.js";
import type { InFlight } from "../../call/in-flight.js";
import { requestIdOf } from "../../call/request-id.js";
import { sendTogether } from "../../http/answers-together.js";
import { type ClientAddressResolver, clientAddressOf } from "../../http/client-address.js";
import type { HttpRequest, HttpResponse } from "../../http/http.js";
import type { RpcMetrics } from "../../ops/metrics.js";
import { compressMinBytes } from "../compression.js";
import { routesOf } from "../routes.js";
import { WarmCaller } from "../warm-caller.js";
import { binaryCodec } from "./binary-codec.js";
import { createHostCheck, warmBodyLength } from "./eligibility.js";
import { jsonCodec } from "./json-codec.js";
import { readShortBody } from "./short-body.js";
import type { EncodedResponse, VerifyCodec } from "./verify-codec.js";

const method = VerificationServiceDescriptor.method.verifyApiKey;
const methodName = `${VerificationServiceDescriptor.typeName}/${method.name}`;

/** By which faces a verification comes, by their paths; the answer is the same. */
const protocols: ReadonlyMap<string | undefined, string> = new Map([
  [`/${methodName}`, "connect"],
  ...routesOf(method).map(({ template }): [string, string] => [template, "rest"]),
]);

const codecs: ReadonlyMap<string, VerifyCodec> = new Map(
  [jsonCodec, binaryCodec].map((codec) => [codec.contentType, codec]),
);

export interface WarmVerificationOptions {
  readonly rootKeys: RootKeyService;
  readonly verification: VerificationService;
  readonly inFlight: InFlight;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clientAddressResolver: ClientAddressResolver;
  readonly metrics: RpcMetrics;
  readonly logger: Logger;
}

/** Serves a request if it can. @returns whether it took the request */
export type WarmVerification = (request: HttpRequest, response: HttpResponse, passOn: PassOn) => boolean;

/** Takes a request that turned out to be none of its own. @param body all of it; undefined: nothing of it was read */
export type PassOn = (body?: Buffer) => void;

/** A call that is answered here if its message is eligible, too. */
interface WarmCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly codec: VerifyCodec;
  readonly principal: RootKeyPrincipal;
  readonly startedAt: number;
}

/**
 * Answers warm verifications: calls of VerifyApiKey over HTTP/1.1, by the Connect protocol in JSON or binary or by REST, whose
 * root key and key are both remembered. The faces that serve all rpcs would cost several times the work itself.
 *
 * It answers under the same authority, and takes only what it is sure to answer as they would: anything unusual it passes on,
 * with the body as it was read. Differential tests hold them equal.
 */
export function createWarmVerification(options: WarmVerificationOptions): WarmVerification {
  const { verification, inFlight, clientAddressResolver, metrics, logger } = options;
  const observe = metrics.bound(methodName, "ok");
  const fixedHeaders = Object.entries(options.headers).flat();
  const rememberedPrincipal = createRememberedPrincipal(options.rootKeys, "authorization", bearerToken);
  const isHost = createHostCheck();
  const isAuthorized = createAuthorized(method);

  /** @returns whether that could be done here */
  const answer = (call: WarmCall, body: Buffer): boolean => {
    const { request, codec, principal } = call;
    const asked = codec.decode(body);
    if (asked === undefined) {
      return false;
    }
    const requestId = requestIdOf(request.headers["x-request-id"], request.headers.authorization);
    const caller = new WarmCaller(principal, requestId, request, clientAddressResolver);
    return verification.tryVerify(caller, asked, (verdict) => send(call, requestId, verdict));
  };

  const send = (call: WarmCall, requestId: string, verdict: Verdict): boolean => {
    const encoded = encode(call.codec, verdict);
    // What may be compressed is left to the unary face.
    if (encoded === undefined || encoded.bytes >= compressMinBytes) {
      return false;
    }
    sendTogether(() => {
      write(call.response, call.codec, requestId, encoded);
      noteEnd(call, requestId);
    });
    return true;
  };

  const write = (
    response: ServerResponse,
    codec: VerifyCodec,
    requestId: string,
    { text, encoding, bytes }: EncodedResponse,
  ) => {
    response.writeHead(200, [
      "x-request-id",
      requestId,
      ...fixedHeaders,
      "content-length",
      String(bytes),
      "content-type",
      codec.contentType,
    ]);
    response.end(text, encoding);
  };

  const noteEnd = (call: WarmCall, requestId: string): void => {
    const seconds = secondsSince(call.startedAt);
    observe(seconds);
    if (logger.isLevelEnabled("debug")) {
      logger.debug(logLine(call, "ok", seconds, requestId));
    }
  };

  const noteLeft = (call: WarmCall): void => {
    const { headers } = call.request;
    const seconds = secondsSince(call.startedAt);
    metrics.started();
    metrics.ended(methodName, "canceled", seconds);
    logger.info(logLine(call, "canceled", seconds, requestIdOf(headers["x-request-id"], headers.authorization)));
  };

  const logLine = ({ request, principal }: WarmCall, code: string, seconds: number, requestId: string) => ({
    method: methodName,
    protocol: protocols.get(request.url),
    code,
    duration_ms: Math.round(seconds * 1e6) / 1000,
    request_id: requestId,
    source: clientAddressOf(request, clientAddressResolver),
    principal: principal.actor,
  });

  return (request, response, passOn) => {
    const protocol = protocols.get(request.url);
    const length = protocol === undefined ? 0 : warmBodyLength(request);
    if (length === 0 || inFlight.draining || !isHost(request.headers.host)) {
      return false;
    }
    const http1 = request as IncomingMessage;
    const codec = protocol === "rest" ? restCodec(request) : codecs.get(request.headers["content-type"] ?? "");
    const principal = codec && rememberedPrincipal(http1);
    if (!codec || !principal || !isAuthorized(principal)) {
      return false;
    }
    const call = {
      request: http1,
      response: response as ServerResponse,
      codec,
      principal,
      startedAt: performance.now(),
    };
    const leave = inFlight.enter();
    readShortBody(http1, length, {
      whole(body) {
        if (!answer(call, body)) {
          passOn(body);
        }
        leave();
      },
      late() {
        passOn();
        leave();
      },
      left() {
        noteLeft(call);
        leave();
      },
    });
    return true;
  };
}

/** Over REST there is JSON alone, and no header is passed over that asks for what no verification has. */
function restCodec({ headers }: HttpRequest): VerifyCodec | undefined {
  const isPlain = headers["idempotency-key"] === undefined && headers["if-match"] === undefined;
  return isPlain && headers["content-type"] === jsonCodec.contentType ? codecs.get(jsonCodec.contentType) : undefined;
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

/** A verdict that cannot be encoded is passed on, to be reported. */
function encode(codec: VerifyCodec, verdict: Verdict): EncodedResponse | undefined {
  try {
    return codec.encode(verdict);
  } catch {
    return undefined;
  }
}
