import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type Interceptor, type MethodImplSpec } from "@connectrpc/connect";
import { invokeUnaryImplementation } from "@connectrpc/connect/protocol";
import type { Logger } from "pino";
import { callerError } from "../errors/caller-error.js";
import { callKey } from "./call.js";
import { callPhase } from "./call-phase.js";
import { callerErrors } from "./caller-errors.js";
import { changedResource } from "./changed-resource.js";
import { deadline } from "./deadline.js";
import type { InFlight } from "./in-flight.js";
import { textGuard } from "./text-guard.js";
import { turnOfBatches } from "./turn-of-batches.js";
import { updateMask } from "./update-mask.js";

/** Decides by a call's headers whether its body is read. Throws to refuse it. */
export type RequestGate = (context: HandlerContext) => Promise<void>;

/** A unary rpc that has a handler. */
export type UnaryRpc = MethodImplSpec & { readonly kind: "unary"; readonly method: DescMethodUnary };

export interface PipelineOptions {
  /** Authenticates the caller and authorizes the rpc. */
  readonly requestGate: RequestGate;
  /** Full names of the services that need no authentication and are served during a drain. */
  readonly openServices: ReadonlySet<string>;
  readonly inFlight: InFlight;
  /** Run outside of the checks of the request's message, and inside of what handles unexpected errors. */
  readonly interceptors: readonly Interceptor[];
  /** Holds a message to the rules of its proto. */
  readonly validate: Interceptor;
  readonly logger: Logger;
}

/**
 * The one way of every call, whatever face it came by: `admit` before its body is read (drain, authentication, scope), then
 * the face decodes the message, then `run` (deadline, errors for callers, concurrency limit, text guard, update mask,
 * validation, what the log is to name, handler), then the face encodes the answer.
 */
export interface Pipeline {
  /** @throws ConnectError fit for the caller */
  admit(context: HandlerContext): Promise<void>;
  /** @throws ConnectError fit for the caller */
  run(rpc: UnaryRpc, context: HandlerContext, message: Message): Promise<Message>;
  /** What `run` goes through, for a face that is run by the library; streams go through it as well. */
  readonly steps: readonly Interceptor[];
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { requestGate, openServices, inFlight, logger } = options;
  const steps = [
    callPhase,
    deadline,
    callerErrors(logger),
    ...options.interceptors,
    turnOfBatches,
    textGuard,
    updateMask,
    options.validate,
    changedResource,
  ];
  return {
    steps,

    async admit(context) {
      const call = context.values.get(callKey);
      if (call === undefined) {
        throw new ConnectError("the call did not come through the server", Code.Internal);
      }
      call.protocol = context.protocolName;
      call.signal = context.signal;
      if (!openServices.has(context.method.parent.typeName)) {
        if (inFlight.draining) {
          throw new ConnectError("this server is shutting down; try again", Code.Unavailable);
        }
        try {
          await requestGate(context);
        } catch (error) {
          throw callerError(error, call.requestId, logger);
        }
      }
      call.phase = "decoding";
    },

    run: (rpc, context, message) => invokeUnaryImplementation(rpc, context, message, steps),
  };
}
