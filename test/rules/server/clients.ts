import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";

const insecure = { nodeOptions: { rejectUnauthorized: false } };

/** Every way that a generated client can reach the port. */
export const transports: readonly (readonly [name: string, open: (baseUrl: string) => Transport])[] = [
  ["Connect JSON, HTTP/1.1", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", ...insecure })],
  [
    "Connect binary, HTTP/1.1",
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true, ...insecure }),
  ],
  ["Connect JSON, HTTP/2", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", ...insecure })],
  [
    "Connect binary, HTTP/2",
    (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true, ...insecure }),
  ],
  ["gRPC, HTTP/2", (baseUrl) => createGrpcTransport({ baseUrl, ...insecure })],
  ["gRPC JSON, HTTP/2", (baseUrl) => createGrpcTransport({ baseUrl, useBinaryFormat: false, ...insecure })],
  ["gRPC-Web, HTTP/1.1", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1", ...insecure })],
  ["gRPC-Web, HTTP/2", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2", ...insecure })],
];

/** A Connect client over HTTP/1.1, where the way does not matter. */
export function client<S extends DescService>(service: S, baseUrl: string): Client<S> {
  return createClient(service, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
}

/** Posts as `curl` would. */
export function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}
