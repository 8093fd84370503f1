import { create, toBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Authorization, CheckRequestSchema } from "../lib/product.js";
import { requiredScope } from "../verify/requests.js";
import { questionFrames } from "./grpc-connection.js";

/** How a gateway asks. */
export interface Asking {
  readonly wire: "http" | "grpc";
  readonly port: number;
  /** What is asked over HTTP, with its query. */
  readonly target: string;
  readonly rootKey: string;
  readonly projectId: string;
}

/** What a browser or a client library sends beside its key. */
const clientHeaders = {
  accept: "application/json, text/plain, */*",
  "accept-encoding": "gzip, deflate, br",
  "accept-language": "en-US,en;q=0.9",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0",
  "x-request-id": "6d6f2e6c-2f0b-4a2e-9b1c-7d1a5c3b9a10",
};

/** A question as it goes over the wire. */
export function questionBytes(asking: Asking, key: string): Buffer {
  return asking.wire === "http" ? httpQuestion(asking, key) : grpcQuestion(asking, key);
}

function httpQuestion({ port, target, rootKey }: Asking, key: string): Buffer {
  const headers = { host: `127.0.0.1:${port}`, "x-altalune-root-key": rootKey, "x-api-key": key, ...clientHeaders };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`GET ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
}

/** As Envoy asks about a request of HTTP/1.1. */
function grpcQuestion({ rootKey, projectId }: Asking, key: string): Buffer {
  const address = (value: string, port: number) => ({
    address: {
      address: {
        case: "socketAddress" as const,
        value: { address: value, portSpecifier: { case: "portValue" as const, value: port } },
      },
    },
  });
  const path = "/v1/orders?page=2";
  const message = create(CheckRequestSchema, {
    attributes: {
      source: address("192.0.2.7", 50_000),
      destination: address("192.0.2.1", 8000),
      contextExtensions: { project_id: projectId, scopes: requiredScope, strip_key: "true" },
      request: {
        time: timestampNow(),
        http: {
          id: "7204961832704961",
          method: "GET",
          path,
          host: "api.example.com",
          scheme: "http",
          protocol: "HTTP/1.1",
          size: -1n,
          headers: {
            ":authority": "api.example.com",
            ":method": "GET",
            ":path": path,
            ":scheme": "http",
            "x-forwarded-proto": "http",
            ...clientHeaders,
            "x-api-key": key,
          },
        },
      },
    },
  });
  const headers = { te: "trailers", "content-type": "application/grpc", "x-altalune-root-key": rootKey };
  const { typeName, method } = Authorization;
  return questionFrames(`/${typeName}/${method.check.name}`, headers, toBinary(CheckRequestSchema, message));
}
