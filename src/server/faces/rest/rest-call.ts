import type { Call } from "../../call/call.js";
import type { CallValues } from "../../call/call-context.js";
import { type HttpRequest, type HttpResponse, hasBody } from "../../http/http.js";
import { maxCallMs } from "../../http/limits.js";
import type { MountedRpc } from "../mounted-rpcs.js";
import { readBody } from "../request-body.js";
import { type AnsweredCall, createUnaryCall, type UnaryCallOptions } from "../unary-call.js";
import type { Refusal } from "./problem.js";
import { bodyFault } from "./refuse.js";

/** A request by a route, and how it is read. */
export interface RoutedRequest {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly call: Call;
  readonly values: CallValues;
  /** The body, if it was read already. */
  readonly bodyRead: Buffer | undefined;
  readonly takesBody: boolean;
  /** The message of the rpc, as bytes of JSON. @throws ConnectError that names what is wrong */
  readonly messageOf: (body: Uint8Array) => Uint8Array;
}

/** Takes requests by a route through an rpc. The answer is a fault when the request's body is of no kind that is taken there. */
export function createRestCall(
  mounted: MountedRpc,
  options: UnaryCallOptions,
): (routed: RoutedRequest) => Promise<AnsweredCall | { readonly fault: Refusal }> {
  const run = createUnaryCall(mounted, options);
  const { readMaxBytes } = { ...options.handlerOptions, ...mounted.options };
  return async ({ request, response, call, values, bodyRead, takesBody, messageOf }) => {
    const fault = hasBody(request) ? bodyFault(takesBody, request, call.requestId) : undefined;
    if (fault !== undefined) {
      return { fault };
    }
    return run({
      request,
      response,
      call,
      values,
      protocolName: "rest",
      encoding: "json",
      timeoutMs: maxCallMs,
      read: async () =>
        messageOf(bodyRead ?? (takesBody ? await readBody(request, call, readMaxBytes) : new Uint8Array())),
    });
  };
}
