/** One kind of attack, for as long as this process lives. */
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { compressionBrotli, createGrpcTransport } from "@connectrpc/connect-node";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.js";
import { newPublicId, newSecret } from "../lib/product.js";
import { RpcClient } from "../lib/rpc-client.js";
import type { FloodKind } from "./kinds.js";

export interface FloodJob {
  readonly kind: FloodKind;
  readonly url: string;
  /** With the scope to verify, and not the one of the legitimate callers. */
  readonly rootKey: string;
  /** Keys with limits. */
  readonly limitedKeys: readonly string[];
  readonly projectId: string;
}

const unreadConnections = 16;
const pipelined = 1_500;

const floods: Readonly<Record<FloodKind, (job: FloodJob) => void>> = {
  /** Answers over HTTP/1.1 that nobody reads. */
  "unread probes, HTTP/1.1": (job: FloodJob) =>
    leaveUnread(job, () => "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "unread answers of other faces, HTTP/1.1": (job: FloodJob) => leaveUnread(job, otherFaces),
  "unread probes, HTTP/2 with a window of 0": leaveUnreadHttp2,
  "batches of 1,000 limit reads, 4 at once": (job: FloodJob) =>
    callAtOnce(job, 4, "VerificationService/BatchVerifyApiKeys", () => ({
      requests: Array.from({ length: 1_000 }, (_, i) => ({
        key: job.limitedKeys[i % job.limitedKeys.length],
        cost: 0,
      })),
    })),
  "signed requests with made-up ids, 200 at once": (job: FloodJob) =>
    callAtOnce(job, 200, "VerificationService/VerifySignedRequest", () => ({
      apiKeyId: newPublicId(),
      projectId: newPublicId(),
      timestamp: new Date().toISOString(),
      nonce: newPublicId() + newPublicId(),
      method: "GET",
      path: "/",
      bodySha256: Buffer.alloc(32).toString("base64"),
      signature: Buffer.alloc(32).toString("base64"),
    })),
  "6,000 unknown root keys at once, every 5 s": unknownRootKeys,
  "listings of 1,000 keys that ask for brotli, 4 at once": (job: FloodJob) =>
    ask(
      job,
      4,
      "altalune.v1.ApiKeyService/QueryApiKeys",
      JSON.stringify({ projectId: job.projectId, query: { pagination: { pageSize: 1000 } } }),
      {
        authorization: `Bearer ${job.rootKey}`,
        "content-type": "application/json",
        "accept-encoding": "br, gzip",
      },
    ),
  "reflection that asks for brotli, 4 at once": askReflection,
};

process.on("disconnect", () => process.exit());
process.on("message", (job: FloodJob) => floods[job.kind](job));

function leaveUnread({ url }: FloodJob, request: (i: number) => string): void {
  const port = Number(new URL(url).port);
  const open = () => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.pause();
    socket.write(Array.from({ length: pipelined }, (_, i) => request(i)).join(""));
    socket.on("close", () => setTimeout(open, 1_000));
  };
  for (let i = 0; i < unreadConnections; i++) {
    open();
  }
}

function otherFaces(i: number): string {
  const host = "Host: localhost\r\n";
  switch (i % 4) {
    case 0:
      return `GET /nothing HTTP/1.1\r\n${host}\r\n`;
    case 1:
      return `POST /altalune.v1.VerificationService/VerifyApiKey HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    case 2:
      return `OPTIONS / HTTP/1.1\r\n${host}Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n\r\n`;
    default:
      return `GET /readyz HTTP/1.1\r\n${host}\r\n`;
  }
}

function leaveUnreadHttp2({ url }: FloodJob): void {
  const open = () => {
    const session = connectHttp2(url, { settings: { initialWindowSize: 0 } });
    session.on("error", () => undefined);
    session.on("close", () => setTimeout(open, 1_000));
    for (let i = 0; i < 250; i++) {
      const stream = session.request({ ":path": "/metrics" });
      stream.on("error", () => undefined);
    }
  };
  for (let i = 0; i < unreadConnections; i++) {
    open();
  }
}

function callAtOnce(job: FloodJob, count: number, rpc: string, body: () => object): void {
  const client = new RpcClient(job);
  const go = async () => {
    for (;;) {
      await client.call(rpc, body()).catch(() => undefined);
    }
  };
  for (let i = 0; i < count; i++) {
    void go();
  }
}

function unknownRootKeys(job: FloodJob): void {
  const burst = () => {
    for (let i = 0; i < 60; i++) {
      const socket = connect(Number(new URL(job.url).port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.resume();
      const requests = Array.from(
        { length: 100 },
        () =>
          `POST /altalune.v1.VerificationService/VerifyApiKey HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${newSecret("alt_root_")}\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"key":"k"}`,
      );
      socket.write(requests.join(""));
      setTimeout(() => socket.destroy(), 4_500);
    }
  };
  burst();
  setInterval(burst, 5_000);
}

function ask({ url }: FloodJob, count: number, rpc: string, body: string, headers: Record<string, string>): void {
  const go = async () => {
    for (;;) {
      const answer = await fetch(`${url}/${rpc}`, { method: "POST", headers, body }).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
    }
  };
  for (let i = 0; i < count; i++) {
    void go();
  }
}

/** For the file that declares a symbol, which comes with all that it imports. Anybody may. */
function askReflection({ url }: FloodJob): void {
  const transport = createGrpcTransport({ baseUrl: url, acceptCompression: [compressionBrotli] });
  const reflection = createClient(ServerReflection, transport);
  const requests = async function* () {
    yield { messageRequest: { case: "fileContainingSymbol", value: "altalune.v1.ApiKeyService" } } as const;
  };
  const go = async () => {
    for (;;) {
      try {
        for await (const _ of reflection.serverReflectionInfo(requests())) {
          // One comes.
        }
      } catch {
        // Asked again, as an attacker would.
      }
    }
  };
  for (let i = 0; i < 4; i++) {
    void go();
  }
}
