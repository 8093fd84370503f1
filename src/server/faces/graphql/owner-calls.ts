import type { DescMethodUnary, JsonObject, MessageShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { MyApiKeyService } from "../../../../gen/altalune/v1/my_api_key_pb.js";
import { Call } from "../../call/call.js";
import { type CallValues, callContextKey, createCallValues } from "../../call/call-context.js";
import { type CallLog, servedRpc } from "../../call/call-log.js";
import { ended } from "../../call/ended.js";
import type { HttpRequest, HttpResponse } from "../../http/http.js";
import { maxCallMs } from "../../http/limits.js";
import type { MountedRpc } from "../mounted-rpcs.js";
import { infoOf } from "../told-error.js";
import { createCallContext, createUnaryCall, type UnaryCallOptions } from "../unary-call.js";

export interface OwnerCallsOptions extends UnaryCallOptions {
  readonly mounted: ReadonlyMap<string, MountedRpc>;
  readonly callLog: CallLog;
}

/** A request, in which several rpcs may be called. */
export interface Visit {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly call: Call;
  readonly values: CallValues;
  /** What whoever lets it in has to say in headers, of a refusal too. */
  readonly answerHeaders: Headers;
}

/**
 * Calls an rpc of owners.
 *
 * @throws ConnectError fit for the caller
 */
export type AskRpc = <M extends DescMethodUnary>(method: M, message: JsonObject) => Promise<MessageShape<M["output"]>>;

export interface OwnerCalls {
  /**
   * Lets in whoever may call one of the rpcs, before anything is read of what they ask for. The function that comes back ends
   * that; until then what is read has the deadline of a call.
   *
   * @throws ConnectError fit for the caller
   */
  admit(visit: Visit): Promise<() => void>;
  /** Calls the rpcs that a request asks for: each is a call of its own, with its line in the log, and goes the way of all. */
  rpcsOf(visit: Visit): AskRpc;
}

export const { queryMyApiKeys, getMyApiKey, createMyApiKey, revokeMyApiKey } = MyApiKeyService.method;
const rpcs: readonly DescMethodUnary[] = [queryMyApiKeys, getMyApiKey, createMyApiKey, revokeMyApiKey];

const askedAs = { protocolName: "graphql", encoding: "json", timeoutMs: maxCallMs } as const;

export function createOwnerCalls({ mounted, callLog, ...options }: OwnerCallsOptions): OwnerCalls {
  const { pipeline, handlerOptions } = options;
  const runs = new Map(
    [...mounted.values()]
      .filter(({ rpc }) => rpcs.includes(rpc.method))
      .map((one) => [one.rpc.method, createUnaryCall(one, options)] as const),
  );
  return {
    async admit(visit) {
      let refusal: unknown;
      for (const method of rpcs) {
        const context = createCallContext(method, { ...visit, ...askedAs }, handlerOptions.shutdownSignal);
        try {
          await pipeline.admit(context).finally(() => copy(context.responseHeader, visit.answerHeaders));
          return () => context.abort(ended);
        } catch (error) {
          context.abort(ended);
          refusal ??= error;
          // Whoever may not do one of them may do another; whatever else is wrong is wrong with each.
          if (infoOf(ConnectError.from(error)).facts["permission"] === undefined) {
            break;
          }
        }
      }
      throw refusal;
    },

    rpcsOf(visit) {
      const { request, response, values: of } = visit;
      return async (method, message) => {
        const run = runs.get(method);
        if (run === undefined) {
          throw new Error(`${method.name} is not mounted`);
        }
        const call = new Call(visit.call.requestId);
        const values = createCallValues(call, of.get(callContextKey));
        const logEnd = callLog(call, values, servedRpc(method.parent.typeName, method.name));
        const read = async () => Buffer.from(JSON.stringify(message));
        const answered = await run({ request, response, call, values, ...askedAs, read });
        logEnd();
        if ("error" in answered) {
          throw answered.error;
        }
        return answered.answer as MessageShape<(typeof method)["output"]>;
      };
    },
  };
}

function copy(from: Headers, to: Headers): void {
  for (const [name, value] of from) {
    to.set(name, value);
  }
}
