import { Code, ConnectError, type createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import type { Logger } from "pino";
import { type Call, callKey } from "../../call/call.js";
import { ended } from "../../call/ended.js";
import type { Pipeline, RequestGate } from "../../call/pipeline.js";
import { callerError } from "../../errors/caller-error.js";
import { decodeError } from "../../errors/decode-errors.js";

/** The pipeline's admission as the library's gate, which also sees to the errors of the library's own codecs. */
export function createGate(pipeline: Pipeline, logger: Logger): RequestGate {
  return async (context) => {
    const call = context.values.get(callKey);
    if (call !== undefined) {
      rewriteErrors(context, call, logger);
    }
    await pipeline.admit(context);
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
        become(reason, decodeError(reason, context.method));
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
