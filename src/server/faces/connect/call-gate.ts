import { Code, ConnectError, type createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import type { Logger } from "pino";
import { type Call, callKey } from "../../call/call.js";
import type { Admission } from "../../call/in-flight.js";
import { callerError } from "../../errors/caller-error.js";
import { decodeError } from "../../errors/decode-errors.js";

/** Why the signal of a call is aborted that ended well. Without a reason each call would make one, with a stack. */
const ended = new ConnectError("the call has ended", Code.Canceled);

/** Decides by a call's headers whether its body is read. Throws to refuse it. */
export type RequestGate = (context: HandlerContext) => Promise<void>;

export interface CallGateOptions {
  readonly requestGate: RequestGate;
  /** Full names of the services that need no authentication and are served during a drain. */
  readonly openServices: ReadonlySet<string>;
  readonly admission: Admission;
  readonly logger: Logger;
}

/** What every call of every protocol passes before its body is read. */
export function createCallGate({ requestGate, openServices, admission, logger }: CallGateOptions): RequestGate {
  return async (context) => {
    const call = context.values.get(callKey);
    if (call === undefined) {
      throw new ConnectError("the call did not come through the server", Code.Internal);
    }
    call.protocol = context.protocolName;
    call.signal = context.signal;
    rewriteErrors(context, call, logger);

    if (!openServices.has(context.method.parent.typeName)) {
      if (admission.draining) {
        throw new ConnectError("this server is shutting down; try again", Code.Unavailable);
      }
      try {
        await requestGate(context);
      } catch (error) {
        throw callerError(error, call.requestId, logger);
      }
    }
    call.phase = "decoding";
  };
}

/**
 * Changes the errors of the library's own codecs, which quote the message, before they are written.
 *
 * The handlers of all three protocols abort their context with an error just before they serialise that same error. No
 * other place sees it: the codecs run outside the interceptors. If a context could no longer be aborted, this throws, and
 * so no call is served at all.
 */
function rewriteErrors(context: HandlerContext, call: Call, logger: Logger): void {
  const controller = context as ReturnType<typeof createHandlerContext>;
  const abort = controller.abort.bind(controller);
  controller.abort = (reason) => {
    if (reason instanceof ConnectError) {
      if (call.phase === "decoding") {
        become(reason, decodeError(reason, context.method.input));
      } else if (call.phase === "encoding") {
        const failure = new Error(`a response of ${context.method.name} could not be encoded`);
        become(reason, callerError(failure, call.requestId, logger));
      }
      call.failed(reason.code);
    } else if (reason !== undefined) {
      call.failed(Code.Internal);
    }
    abort(reason ?? ended);
  };
}

/** Gives an error the text and code of another; its identity stays. */
function become(error: ConnectError, { code, rawMessage, message, details }: ConnectError): void {
  Object.assign(error, { code, rawMessage, message, details, cause: undefined });
}
