import { create, toBinary } from "@bufbuild/protobuf";
import { VerifyApiKeyRequestSchema } from "../lib/product.js";

export type Encoding = "json" | "binary";

/** Also what the floor and better-auth are asked, by other paths. */
export const requiredScope = "orders:read";

interface Target {
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  readonly encoding: Encoding;
}

/** Where a call to the guarded API came from. */
export interface Source {
  readonly sourceIp: string;
  readonly userAgent: string;
}

const contentTypes: Readonly<Record<Encoding, string>> = { json: "application/json", binary: "application/proto" };

/** A request as it goes over the wire. */
export function requestBytes(target: Target, key: string, source?: Source): Buffer {
  const { encoding } = target;
  const request = { key, requiredScopes: [requiredScope], ...source };
  const body =
    encoding === "json"
      ? Buffer.from(JSON.stringify(request))
      : Buffer.from(toBinary(VerifyApiKeyRequestSchema, create(VerifyApiKeyRequestSchema, request)));
  return postBytes(target, contentTypes[encoding], body);
}

/** A POST of this body, as it goes over the wire. */
export function postBytes(
  { port, path, authorization }: Pick<Target, "port" | "path" | "authorization">,
  contentType: string,
  body: Buffer,
): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${authorization}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}
