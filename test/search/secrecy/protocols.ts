import type { Code } from "@connectrpc/connect";
import { codeName } from "../../../src/server/errors/code-name.js";
import type { Wire, WireAnswer } from "./wire.js";

/** A way to send a message to an rpc. */
export interface Protocol {
  readonly name: string;
  readonly encoding: "json" | "binary";
  /** Whether it can serve streams too. */
  readonly streams: boolean;
  send(
    wire: Wire,
    path: string,
    message: string | Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): Promise<WireAnswer>;
  /** `ok`, or the code of the denial; undefined: the answer has none, as from a plain HTTP server. */
  codeOf(answer: WireAnswer): string | undefined;
}

export const protocols: readonly Protocol[] = [
  connect("Connect JSON", "json", "application/json"),
  connect("Connect binary", "binary", "application/proto"),
  grpc("gRPC", "binary", "application/grpc"),
  grpcWeb("gRPC-Web", "binary", "application/grpc-web+proto"),
];

function connect(name: string, encoding: Protocol["encoding"], contentType: string): Protocol {
  return {
    name,
    encoding,
    streams: false,
    send: (wire, path, body, headers) =>
      wire.http1({ path, body, headers: { "content-type": contentType, ...headers } }),
    codeOf: ({ status, body }) => (status === 200 ? "ok" : connectCode(body)),
  };
}

function grpc(name: string, encoding: Protocol["encoding"], contentType: string): Protocol {
  return {
    name,
    encoding,
    streams: true,
    send: (wire, path, message, headers) =>
      wire.http2({ path, body: enveloped(message), headers: { "content-type": contentType, ...headers } }),
    codeOf: ({ trailers, headers }) => grpcCode(trailers["grpc-status"] ?? headers["grpc-status"]),
  };
}

function grpcWeb(name: string, encoding: Protocol["encoding"], contentType: string): Protocol {
  return {
    name,
    encoding,
    streams: false,
    send: (wire, path, message, headers) =>
      wire.http1({ path, body: enveloped(message), headers: { "content-type": contentType, ...headers } }),
    codeOf: ({ body, headers }) =>
      grpcCode(headers["grpc-status"] ?? /grpc-status: ?(\d+)/i.exec(body.toString("latin1"))?.[1]),
  };
}

/** The frame of a message in the protocols that have them. */
export function enveloped(message: string | Uint8Array): Buffer {
  const bytes = Buffer.from(message as Uint8Array);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function connectCode(body: Buffer): string | undefined {
  try {
    const { code } = JSON.parse(body.toString()) as { code?: string };
    return code;
  } catch {
    return undefined;
  }
}

function grpcCode(status: string | string[] | undefined): string | undefined {
  return status === undefined ? undefined : status === "0" ? "ok" : codeName(Number(status) as Code);
}
