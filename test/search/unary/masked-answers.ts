import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { createRegistry, type DescMethodUnary, fromBinary, toJson, toJsonString } from "@bufbuild/protobuf";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";
import type { WireAnswer } from "../secrecy/wire.js";
import { contentTypes } from "./calls.js";

/** What two instances must say alike. */
export interface Comparable {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const details = createRegistry(ErrorInfoSchema, ViolationsSchema);

/** Takes out of an instance's answers what is its own: times, secrets, and ids, which are told apart by their order. */
export class Comparison {
  readonly #ids = new Map<string, number>();

  comparable(rpc: DescMethodUnary, { status, headers, body }: WireAnswer): Comparable {
    const { date, ":status": _status, ...others } = headers as Readonly<Record<string, unknown>>;
    const requestId = String(others["x-request-id"]);
    const text = textOf(rpc, status, String(others["content-type"]), decompressed(others["content-encoding"], body));
    return {
      status,
      headers: {
        ...others,
        date: typeof date,
        ...("content-length" in others && { "content-length": Number(others["content-length"]) === body.length }),
        "x-request-id": isGenerated(requestId) ? "<generated>" : requestId,
      },
      body: this.masked(text.replaceAll(requestId, "<request id>")),
    };
  }

  /** Text of the instance, without what is its own. */
  masked(text: string): string {
    return text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replaceAll(
        /"(keyValue|signingSecret|secret|url|token|etag|hash|headHash|nextPageToken)":"[^"]+"/g,
        '"$1":"<own>"',
      )
      .replaceAll(/alt_invite_\w+/g, "<own>")
      .replaceAll(/"(keyPrefix|key_prefix)":"([^"]*[-_])[A-Za-z0-9]{5}"/g, '"$1":"$2<own>"')
      .replaceAll(/"requestId":"[A-Za-z0-9_-]{21}"/g, '"requestId":"<generated>"')
      .replaceAll(/(?<![A-Za-z0-9])[a-z0-9]{14}(?![A-Za-z0-9])/g, (id) => {
        const known = this.#ids.get(id) ?? this.#ids.size;
        this.#ids.set(id, known);
        return `<id ${known}>`;
      });
  }
}

function isGenerated(requestId: string): boolean {
  return requestId.length === 21;
}

function decompressed(encoding: unknown, body: Buffer): Buffer {
  switch (encoding) {
    case "gzip":
      return gunzipSync(body);
    case "br":
      return brotliDecompressSync(body);
    default:
      return body;
  }
}

function textOf(rpc: DescMethodUnary, status: number, contentType: string, body: Buffer): string {
  if (status === 200) {
    return contentType === contentTypes.binary
      ? toJsonString(rpc.output, fromBinary(rpc.output, body), { alwaysEmitImplicit: true })
      : body.toString();
  }
  return body.toString().replaceAll(/"type":"([^"]+)",(.*?)"value":"([^"]*)"/g, (_all, type, between, value) => {
    const desc = details.getMessage(type);
    const shown = desc === undefined ? value : toJson(desc, fromBinary(desc, Buffer.from(value, "base64")));
    return `"type":"${type}",${between}"value":${JSON.stringify(shown)}`;
  });
}
