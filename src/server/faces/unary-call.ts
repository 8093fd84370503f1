import type { DescMethod, Message } from "@bufbuild/protobuf";
import { type ConnectError, createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { createMethodSerializationLookup, type UniversalHandlerOptions } from "@connectrpc/connect/protocol";
import type { Logger } from "pino";
import type { Call } from "../call/call.js";
import { type CallValues, principalLabelKey } from "../call/call-context.js";
import { ended } from "../call/ended.js";
import type { Pipeline } from "../call/pipeline.js";
import { callerError } from "../errors/caller-error.js";
import { decodeError } from "../errors/decode-errors.js";
import type { HttpRequest, HttpResponse } from "../http/http.js";
import { type Encoding, inspectMessage } from "../inspection/inspect-message.js";
import { inSlicesIfLong } from "./long-answer.js";
import type { MountedRpc } from "./mounted-rpcs.js";

const writeMaxBytes = 0xffff_ffff;

/** What every service is served with, as the library takes it. */
export type HandlerOptions = Pick<
  UniversalHandlerOptions,
  "readMaxBytes" | "shutdownSignal" | "acceptCompression" | "jsonOptions"
> &
  Partial<UniversalHandlerOptions>;

/** What calls of all faces share. */
export interface UnaryCallOptions {
  readonly pipeline: Pipeline;
  readonly handlerOptions: HandlerOptions;
  readonly logger: Logger;
}

/** A call, as a face has it. */
export interface AskedCall {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly call: Call;
  readonly values: CallValues;
  /** The face, as the log names it. */
  readonly protocolName: string;
  readonly encoding: Encoding;
  /** How long the call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Reads the message's bytes. Not before the caller is known to be allowed to. */
  readonly read: () => Promise<Uint8Array>;
}

/** What came of a call, with what handlers said in headers. */
export type AnsweredCall = { readonly context: HandlerContext } & (
  | { readonly body: Uint8Array; readonly answer: Message }
  | { readonly error: ConnectError }
);

/** Takes unary calls of one rpc through the pipeline, and their messages out of bytes and into them. Never rejects. */
export function createUnaryCall(
  { rpc, options }: MountedRpc,
  { pipeline, handlerOptions, logger }: UnaryCallOptions,
): (asked: AskedCall) => Promise<AnsweredCall> {
  const { method } = rpc;
  const { readMaxBytes, shutdownSignal, jsonOptions, binaryOptions } = { ...handlerOptions, ...options };
  const serialization = createMethodSerializationLookup(method, binaryOptions, jsonOptions, {
    readMaxBytes,
    writeMaxBytes,
  });
  const serialize = {
    binary: inSlicesIfLong(method.output, true, (answer) => serialization.getO(true).serialize(answer)),
    json: inSlicesIfLong(method.output, false, (answer) => serialization.getO(false).serialize(answer)),
  };

  return async (asked) => {
    const { call, values, encoding, read } = asked;
    const context = createCallContext(method, asked, shutdownSignal);
    try {
      await pipeline.admit(context);
      const message = await inspectMessage(method, await read(), encoding, values.get(principalLabelKey));
      const parsed = serialization.getI(encoding === "binary").parse(message);
      const answer = await pipeline.run(rpc, context, parsed);
      return { context, answer, body: await serialize[encoding](answer, values.get(principalLabelKey)) };
    } catch (thrown) {
      const error = errorOf(thrown, call);
      call.failed(error.code);
      return { context, error };
    } finally {
      context.abort(ended);
    }
  };

  /** The library's own errors quote the message; those of the pipeline are fit for the caller already. */
  function errorOf(thrown: unknown, call: Call): ConnectError {
    if (call.phase === "decoding") {
      return decodeError(thrown, method);
    }
    if (call.phase === "encoding") {
      return callerError(new Error(`a response of ${method.name} could not be encoded`), call.requestId, logger);
    }
    return callerError(thrown, call.requestId, logger);
  }
}

/** What a call is known by on its way. It has to be aborted once the call is over. */
export function createCallContext(
  method: DescMethod,
  { request, response, values, protocolName, timeoutMs }: Omit<AskedCall, "call" | "encoding" | "read">,
  shutdownSignal: AbortSignal | undefined,
): ReturnType<typeof createHandlerContext> {
  const context = createHandlerContext({
    service: method.parent,
    method,
    requestMethod: "POST",
    protocolName,
    url: `http://${request.headers.host}${request.url}`,
    timeoutMs,
    shutdownSignal,
    requestHeader: headersOf(request),
    contextValues: values,
  });
  response.once("close", () => context.abort(ended));
  return context;
}

/** Pseudo-headers of HTTP/2 are none of the headers that a call may look at. */
function headersOf(request: HttpRequest): [name: string, value: string][] {
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !name.startsWith(":")) {
      headers.push([name, typeof value === "string" ? value : value.join(", ")]);
    }
  }
  return headers;
}
