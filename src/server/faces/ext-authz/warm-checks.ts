import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { VerificationService as VerificationServiceDescriptor } from "../../../../gen/altalune/v1/verification_pb.js";
import type { Principal } from "../../../domain/root_key/model.js";
import { createAuthorized } from "../../authority/remembered-authority.js";
import { requestIdBeside } from "../../call/request-id.js";
import type { HeadedRequest } from "../../http/http.js";
import type { TakeStream } from "../../http/http-servers.js";
import { checkReach, questionOf } from "../gateway/asking.js";
import { decisionOf } from "../gateway/decide.js";
import { GatewayCaller } from "../gateway/gateway-caller.js";
import type { GatewayFaceOptions } from "../gateway/options.js";
import { presentedKeys } from "../gateway/presented-keys.js";
import { createNoteWarmEnd } from "../gateway/warm-end.js";
import { passing, refusing } from "./check-response.js";
import { EnvoyClientRequest } from "./envoy-client-request.js";
import { isGrpc, isOver, messageIn, readBody } from "./grpc.js";
import { checkIn } from "./read-check.js";
import { removedFrom } from "./removed.js";
import type { ContextReader, ContextRequirements } from "./requirements-in-context.js";

/** What is asked, where it is in order. */
interface WarmQuestion {
  readonly client: EnvoyClientRequest;
  readonly requirements: ContextRequirements;
  readonly key: string;
}

/**
 * Answers questions of which memory knows the root key and the key, without a promise. What is not sure to get a verdict here is
 * passed on to whoever serves the rest, with the body as it was read, and is answered as if this were not there.
 *
 * @param method as the log names it, and its path
 */
export function createWarmChecks(
  options: GatewayFaceOptions,
  contextOf: ContextReader,
  { method, path }: { readonly method: string; readonly path: string },
): TakeStream {
  const { askers, verification, inFlight, clientAddressResolver, headers, observe, logger } = options;
  const isAuthorized = createAuthorized(VerificationServiceDescriptor.method.verifyApiKey);
  const noteEnd = createNoteWarmEnd(options, { method, protocol: "grpc" });

  const questionIn = (body: Buffer, request: StreamRequest, principal: Principal): WarmQuestion | undefined => {
    try {
      const check = checkIn(messageIn(body));
      const requirements = contextOf(check.contextExtensions);
      checkReach(principal, requirements);
      const client = new EnvoyClientRequest(check, request, clientAddressResolver);
      const keys = presentedKeys(client, requirements);
      return keys.length === 1 && keys[0] !== undefined ? { client, requirements, key: keys[0] } : undefined;
    } catch {
      return undefined;
    }
  };

  /** @returns whether it could be answered here */
  const answer = (request: StreamRequest, principal: Principal, body: Buffer, startedAt: number): boolean => {
    const question = questionIn(body, request, principal);
    if (question === undefined) {
      return false;
    }
    const { client, requirements, key } = question;
    const secrets = [key, askers.secretIn(request)];
    const requestId = requestIdBeside(request.headers["x-request-id"], secrets);
    const caller = new GatewayCaller(principal, requestId, client, secrets);
    return verification.tryVerify(caller, questionOf(requirements, key), (verdict) => {
      const decision = decisionOf(verdict, requirements);
      const message =
        decision.refusal === undefined
          ? passing(decision.valid, removedFrom(client, requirements))
          : refusing(decision.refusal, requestId);
      const isWritten = write(request, { ...headers, "x-request-id": requestId }, message);
      noteEnd(isWritten ? "ok" : "canceled", caller, request, startedAt);
      return true;
    });
  };

  return (stream, given, passOn) => {
    if (given[":path"] !== path || given[":method"] !== "POST" || !isGrpc({ headers: given }) || inFlight.draining) {
      return false;
    }
    const request = new StreamRequest(stream, given);
    const principal = askers.remembered(request);
    if (principal === undefined || !isAuthorized(principal)) {
      return false;
    }
    const startedAt = performance.now();
    const leave = inFlight.enter();
    stream.on("error", (error) => logger.debug({ err: error }, "connection failed"));
    readBody(
      stream,
      (body) => {
        leave();
        if (!answer(request, principal, body, startedAt)) {
          passOn(body);
        }
      },
      (why) => {
        leave();
        observe("canceled", (performance.now() - startedAt) / 1000);
        if (why === "late") {
          stream.close(constants.NGHTTP2_CANCEL);
        }
      },
    );
    return true;
  };
}

/** Envoy's own call. */
class StreamRequest implements HeadedRequest {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.headers = headers;
  }

  get socket() {
    return this.stream.session?.socket;
  }
}

function write({ stream, headers: asked }: StreamRequest, headers: OutgoingHttpHeaders, message: Buffer): boolean {
  if (isOver(stream)) {
    return false;
  }
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.respond({ ...headers, ":status": 200, "content-type": asked["content-type"] }, { waitForTrailers: true });
  stream.end(message);
  return true;
}
