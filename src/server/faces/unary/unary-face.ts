import { type ConnectError, createHandlerContext } from "@connectrpc/connect";
import {
  type Compression,
  compressionNegotiate,
  createMethodSerializationLookup,
  mergeNonProtocolHeaders,
  readAllBytes,
  type UniversalHandlerOptions,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes, trailerMux } from "@connectrpc/connect/protocol-connect";
import type { Logger } from "pino";
import type { Call } from "../../call/call.js";
import { type CallValues, principalLabelKey } from "../../call/call-context.js";
import { clampDeadline } from "../../call/deadlines.js";
import { ended } from "../../call/ended.js";
import type { Pipeline } from "../../call/pipeline.js";
import { callerError } from "../../errors/caller-error.js";
import { decodeError } from "../../errors/decode-errors.js";
import type { HttpRequest, HttpResponse } from "../../http/http.js";
import { inspectMessage } from "../../inspection/inspect-message.js";
import { compressMinBytes } from "../compression.js";
import { requestBody } from "../request-body.js";
import { createEligibility } from "./eligibility.js";
import { inSlicesIfLong } from "./long-answer.js";
import type { MountedRpc } from "./mounted-rpcs.js";

const writeMaxBytes = 0xffff_ffff;

export interface UnaryFaceOptions {
  readonly pipeline: Pipeline;
  readonly mounted: ReadonlyMap<string, MountedRpc>;
  /** What every service is served with, as the library takes it. */
  readonly handlerOptions: Pick<UniversalHandlerOptions, "readMaxBytes" | "shutdownSignal" | "acceptCompression"> &
    Partial<UniversalHandlerOptions>;
  readonly logger: Logger;
}

/** Serves a request by the Connect protocol. Undefined: the request is not this face's. */
export type UnaryFace = (path: string, request: HttpRequest) => ServeUnary | undefined;

/** @param body what was read of the request already, which is all of it; undefined: nothing */
export type ServeUnary = (
  request: HttpRequest,
  response: HttpResponse,
  call: Call,
  values: CallValues,
  body?: Buffer,
) => Promise<void>;

/**
 * Serves unary rpcs by the Connect protocol, in JSON and binary, without what the library's adapter spends on being able to
 * serve everything else. Requests that ask for anything unusual are left to the adapter; a differential test holds the two
 * equal.
 */
export function createUnaryFace({ pipeline, mounted, handlerOptions, logger }: UnaryFaceOptions): UnaryFace {
  const isEligible = createEligibility();
  const served = new Map(
    [...mounted].map(([path, rpc]) => [path, createServe(pipeline, rpc, handlerOptions, logger)] as const),
  );
  return (path, request) => {
    const serve = served.get(path);
    return serve !== undefined && isEligible(request) ? serve : undefined;
  };
}

function createServe(
  pipeline: Pipeline,
  { rpc, options }: MountedRpc,
  handlerOptions: UnaryFaceOptions["handlerOptions"],
  logger: Logger,
): ServeUnary {
  const { method } = rpc;
  const service = method.parent;
  const merged = { ...handlerOptions, ...options };
  const { readMaxBytes, shutdownSignal, acceptCompression, jsonOptions, binaryOptions } = merged;
  const serialization = createMethodSerializationLookup(method, binaryOptions, jsonOptions, {
    readMaxBytes,
    writeMaxBytes,
  });
  const serialize = {
    binary: inSlicesIfLong(method.output, true, (answer) => serialization.getO(true).serialize(answer)),
    json: inSlicesIfLong(method.output, false, (answer) => serialization.getO(false).serialize(answer)),
  };

  return async (request, response, call, values, bodyRead) => {
    const contentType = request.headers["content-type"] ?? "";
    const binary = contentType === "application/proto";
    const header = headersOf(request);
    clampDeadline(header, true);
    const left = new AbortController();
    response.once("close", () => left.abort(ended));
    const context = createHandlerContext({
      service,
      method,
      requestMethod: "POST",
      protocolName: "connect",
      url: `http://${request.headers.host}${request.url}`,
      timeoutMs: Number(header.get("connect-timeout-ms")),
      shutdownSignal,
      requestSignal: left.signal,
      requestHeader: header,
      responseHeader: { "content-type": contentType },
      contextValues: values,
    });
    let status = 200;
    let body: Uint8Array;
    try {
      await pipeline.admit(context);
      const bytes = bodyRead ?? (await readBody(request, call, readMaxBytes));
      const encoding = binary ? "binary" : "json";
      const message = await inspectMessage(method, bytes, encoding, values.get(principalLabelKey));
      const answer = await pipeline.run(rpc, context, serialization.getI(binary).parse(message));
      body = await serialize[encoding](answer, values.get(principalLabelKey));
    } catch (thrown) {
      const error = errorOf(thrown, call);
      call.failed(error.code);
      status = codeToHttpStatus(error.code);
      context.responseHeader.set("content-type", "application/json");
      mergeNonProtocolHeaders(context.responseHeader, error.metadata);
      body = errorToJsonBytes(error, jsonOptions);
    } finally {
      context.abort(ended);
    }
    const compression = body.byteLength < compressMinBytes ? undefined : compressionFor(request, acceptCompression);
    if (compression !== undefined) {
      body = await compression.compress(body);
      context.responseHeader.set("content-encoding", compression.name);
    }
    context.responseHeader.set("content-length", String(body.byteLength));
    for (const [name, value] of trailerMux(context.responseHeader, context.responseTrailer)) {
      response.setHeader(name, value);
    }
    response.statusCode = status;
    await end(response, body);
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

/** Pseudo-headers of HTTP/2 are none of the headers that a call may look at. */
function headersOf(request: HttpRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !name.startsWith(":")) {
      headers.set(name, typeof value === "string" ? value : value.join(", "));
    }
  }
  return headers;
}

/** Mostly all of the body is there by now, and need not be waited for. */
async function readBody(request: HttpRequest, call: Call, readMaxBytes: number): Promise<Uint8Array> {
  const length = request.headers["content-length"];
  const known = Number(length);
  const whole = known > 0 && known <= readMaxBytes ? (request.read(known) as Buffer | null) : null;
  return whole ?? (await readAllBytes(requestBody(request, call), readMaxBytes, length));
}

function compressionFor(request: HttpRequest, available: Compression[]): Compression | undefined {
  const accepted = request.headers["accept-encoding"];
  const name = typeof accepted === "string" ? accepted : null;
  return compressionNegotiate(available, null, name, "accept-encoding").response ?? undefined;
}

async function end(response: HttpResponse, body: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("close", resolve);
  response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength), () => resolve());
  await promise;
}
