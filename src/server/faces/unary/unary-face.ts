import { mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes, trailerMux } from "@connectrpc/connect/protocol-connect";
import type { HttpRequest } from "../../http/http.js";
import { maxCallMs } from "../../http/limits.js";
import type { MountedRpc } from "../mounted-rpcs.js";
import { readBody } from "../request-body.js";
import { sendAnswer } from "../send-answer.js";
import type { ServeRequest } from "../serve-request.js";
import { createUnaryCall, type UnaryCallOptions } from "../unary-call.js";
import { createEligibility } from "./eligibility.js";

export interface UnaryFaceOptions extends UnaryCallOptions {
  readonly mounted: ReadonlyMap<string, MountedRpc>;
}

/** Serves a request by the Connect protocol. Undefined: the request is not this face's. */
export type UnaryFace = (path: string, request: HttpRequest) => ServeRequest | undefined;

/**
 * Serves unary rpcs by the Connect protocol, in JSON and binary, without what the library's adapter spends on being able to
 * serve everything else. Requests that ask for anything unusual are left to the adapter; a differential test holds the two
 * equal.
 */
export function createUnaryFace({ mounted, ...options }: UnaryFaceOptions): UnaryFace {
  const isEligible = createEligibility();
  const served = new Map([...mounted].map(([path, rpc]) => [path, createServe(rpc, options)] as const));
  return (path, request) => {
    const serve = served.get(path);
    return serve !== undefined && isEligible(request) ? serve : undefined;
  };
}

function createServe(mounted: MountedRpc, options: UnaryCallOptions): ServeRequest {
  const run = createUnaryCall(mounted, options);
  const { readMaxBytes, acceptCompression, jsonOptions } = { ...options.handlerOptions, ...mounted.options };
  return async (request, response, call, values, bodyRead) => {
    const contentType = request.headers["content-type"] ?? "";
    const answered = await run({
      request,
      response,
      call,
      values,
      protocolName: "connect",
      encoding: contentType === "application/proto" ? "binary" : "json",
      timeoutMs: Math.min(Number(request.headers["connect-timeout-ms"] ?? maxCallMs), maxCallMs),
      read: async () => bodyRead ?? (await readBody(request, call, readMaxBytes)),
    });
    const { responseHeader, responseTrailer } = answered.context;
    let status = 200;
    let body: Uint8Array;
    if ("error" in answered) {
      const { error } = answered;
      status = codeToHttpStatus(error.code);
      responseHeader.set("content-type", "application/json");
      mergeNonProtocolHeaders(responseHeader, error.metadata);
      body = errorToJsonBytes(error, jsonOptions);
    } else {
      responseHeader.set("content-type", contentType);
      body = answered.body;
    }
    const headers = trailerMux(responseHeader, responseTrailer);
    await sendAnswer(request, response, acceptCompression, { status, headers, body });
  };
}
