import { Code, ConnectError } from "@connectrpc/connect";
import { Authorization } from "../../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import type { Call } from "../../call/call.js";
import { type CallValues, callContextKey } from "../../call/call-context.js";
import type { Served } from "../../call/call-log.js";
import { requestIdBeside } from "../../call/request-id.js";
import { createDecide, inTime } from "../gateway/decide.js";
import { failureOf } from "../gateway/failure.js";
import { forwardedRequest } from "../gateway/forwarded-request.js";
import type { GatewayFace } from "../gateway/gateway-face.js";
import type { GatewayFaceOptions } from "../gateway/options.js";
import { allPresentedKeys } from "../gateway/presented-keys.js";
import { defaultKeySources } from "../gateway/requirements.js";
import { passing, refusing } from "./check-response.js";
import { EnvoyClientRequest } from "./envoy-client-request.js";
import { endGrpc, type GrpcExchange, grpcExchange, messageIn, type NoBody, readBody, refuseOthers } from "./grpc.js";
import { type Check, checkIn } from "./read-check.js";
import { removedFrom } from "./removed.js";
import { type ContextRequirements, createContextReader } from "./requirements-in-context.js";
import { createWarmChecks } from "./warm-checks.js";

/** As logs and metrics name it. */
export const extAuthzName = `${Authorization.typeName}/${Authorization.method.check.name}`;
const served: Served = { method: extAuthzName, isProbe: false, isVerification: true };
const path = `/${extAuthzName}`;

/**
 * Envoy's external authorization over gRPC.
 *
 * A question goes through the same verification, under the same authority, as VerifyApiKey. Whatever comes of it is an answer that
 * lets pass or does not, the faults of configuration among them: Envoy takes an error for "no verdict", on which the
 * operator may have it let everybody pass. An error is what passes by itself, and nothing else.
 */
export function createExtAuthz(options: GatewayFaceOptions): GatewayFace {
  const { askers, clientAddressResolver, logger } = options;
  const contextOf = createContextReader();
  const { admit, decide } = createDecide(options);

  /** All that came as a key, also where the requirements cannot be read, and the gateway's own. */
  const secretsIn = ({ request }: GrpcExchange, client: EnvoyClientRequest, check: Check): readonly string[] => {
    const sources = requirementsIfRight(check) ?? defaultKeySources;
    return [...allPresentedKeys(client, sources), askers.secretIn(request)];
  };

  const requirementsIfRight = ({ contextExtensions }: Check): ContextRequirements | undefined => {
    try {
      return contextOf(contextExtensions);
    } catch {
      return undefined;
    }
  };

  const answer = async (
    exchange: GrpcExchange,
    call: Call,
    values: CallValues,
    body: Buffer | undefined,
  ): Promise<Buffer> => {
    const { request } = exchange;
    const { requestId } = values.get(callContextKey);
    const principal = await admit(request, values);
    const check = checkIn(messageIn(body ?? (await bodyOf(exchange))));
    const client = new EnvoyClientRequest(check, request, clientAddressResolver);
    const secrets = secretsIn(exchange, client, check);
    call.resource = forwardedRequest(client.told, secrets);
    const requirements = contextOf(check.contextExtensions);
    const decision = await decide(principal, requestId, { client, requirements, secrets });
    return decision.refusal === undefined
      ? passing(decision.valid, removedFrom(client, requirements))
      : refusing(decision.refusal, requestId);
  };

  const failed = (error: unknown, call: Call): Buffer | ConnectError => {
    const failure = failureOf(error, call.requestId, logger);
    if (failure.status === 503) {
      call.failed(Code.Unavailable);
      return new ConnectError(`${failure.code}: ${failure.detail}`, Code.Unavailable);
    }
    call.refused(failure.status);
    return refusing(failure, call.requestId);
  };

  return {
    served,
    takes: (requested) => requested === path,
    takeStream: createWarmChecks(options, contextOf, { method: extAuthzName, path }),

    async serve(request, response, call, values, body) {
      const exchange = grpcExchange(request, response);
      if (exchange === undefined) {
        call.protocol = "http";
        call.refused(refuseOthers(request, response));
        return;
      }
      call.protocol = "grpc";
      const answered = await inTime(answer(exchange, call, values, body)).catch((error: unknown) =>
        failed(error, call),
      );
      endGrpc(exchange, answered);
    },

    actorOf: (request) => askers.remembered(request)?.actor ?? "",
    requestIdOf: (request) => requestIdBeside(request.headers["x-request-id"], [askers.secretIn(request)]),
  };
}

const withoutBody: Readonly<Record<NoBody, ConnectError>> = {
  left: new ConnectError("the request broke off", Code.Canceled),
  late: new ConnectError("the question did not come in time", Code.DeadlineExceeded),
};

function bodyOf({ request }: GrpcExchange): Promise<Buffer> {
  return new Promise((resolve, reject) => readBody(request.stream, resolve, (why) => reject(withoutBody[why])));
}
