import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { Health } from "../../../gen/grpc/health/v1/health_pb.js";
import { createLogger } from "../../../src/platform/logger.js";
import { callerError } from "../../../src/server/errors/caller-error.js";
import { transports } from "../../rules/server/clients.js";
import { start } from "../../rules/server/start.js";

const rpcTransports = transports.filter(([name]) => name.startsWith("gRPC"));

/** Posts to a path over HTTP/2, and brings the headers, the trailers and the body of the answer. */
async function postHttp2(url: string, path: string, contentType: string, body: Buffer) {
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": contentType, te: "trailers" });
  let headers: Record<string, unknown> = {};
  let trailers: Record<string, unknown> = {};
  let text = "";
  stream.on("response", (head) => {
    headers = head;
  });
  stream.on("trailers", (tail) => {
    trailers = tail;
  });
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  stream.end(body);
  await once(stream, "close");
  return { headers, trailers, text };
}

test.each(rpcTransports)(
  "%s: a service that is not served is unimplemented, in a sentence of ours",
  async (_n, open) => {
    const { url, logged } = await start();
    const stranger = { ...Health.method.check, parent: { ...Health, typeName: "no.such.Service" } };
    const asked = open(url).unary(stranger, undefined, 5_000, undefined, {});
    const error: ConnectError = await asked.then(
      () => expect.unreachable(),
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: Code.Unimplemented, rawMessage: "nothing is served at this path" });
    await expect.poll(logged).toMatch(/"method":"unknown","protocol":"grpc(-web)?","code":"unimplemented"/);
  },
);

test("gRPC reads from trailers that nothing is served at a path, and gRPC-Web from headers", async () => {
  const { url } = await start();
  const status = { "grpc-status": "12", "grpc-message": "nothing is served at this path" };
  const empty = Buffer.alloc(5);
  const grpc = await postHttp2(url, "/no.such.Service/Call", "application/grpc+json", empty);
  expect(grpc).toMatchObject({ headers: { ":status": 200, "content-type": "application/grpc+proto" }, text: "" });
  expect(grpc.trailers).toMatchObject(status);
  const web = await postHttp2(url, "/no.such.Service/Call", "application/grpc-web", empty);
  expect(web).toMatchObject({ headers: { ":status": 200, ...status }, text: "" });
  const other = await postHttp2(url, "/no.such.Service/Call", "application/grpcish", empty);
  expect(other.headers[":status"]).toBe(404);
});

test.each([
  ["ends in a message's prefix", Buffer.from([0, 0, 0]), "as long as it says"],
  ["ends in a message", Buffer.from([0, 0, 0, 0, 9, 1, 2]), "as long as it says"],
  ["is marked as compressed without a compression", Buffer.from([1, 0, 0, 0, 0]), "headers do not say how"],
])("a body that %s is invalid_argument, and points at no field", async (_name, body, sentence) => {
  const { url } = await start();
  const path = "/altalune.v1.ProjectService/CreateProject";
  const { trailers } = await postHttp2(url, path, "application/grpc", body);
  expect(trailers).toMatchObject({ "grpc-status": "3" });
  expect(decodeURIComponent(String(trailers["grpc-message"]))).toContain(sentence);
  expect(trailers).not.toHaveProperty("grpc-status-details-bin");
});

test("a handler that gives up when its signal aborts ends its call for the signal's reason", async () => {
  const logger = createLogger("silent");
  const givenUp = async (reason: unknown): Promise<unknown> => {
    const waiting = delay(10_000, undefined, { signal: AbortSignal.abort(reason) });
    return callerError(await waiting.catch((error) => error), "request", logger);
  };
  const passed = new ConnectError("the deadline passed", Code.DeadlineExceeded);
  expect(await givenUp(passed)).toBe(passed);
  expect(await givenUp(new Error("left"))).toMatchObject({ code: Code.Canceled, rawMessage: "the call was canceled" });
});

test("a stream that is left by its client ends, and the server goes on", async () => {
  const { url, logged } = await start();
  const health = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const leaving = new AbortController();
  const left = health.watch({}, { signal: leaving.signal })[Symbol.asyncIterator]();
  expect((await left.next()).done).toBe(false);
  leaving.abort();
  await expect(left.next()).rejects.toMatchObject({ code: Code.Canceled });
  await expect.poll(logged).toMatch(/"method":"grpc\.health\.v1\.Health\/Watch".*"code":"canceled"/);
  // Long enough for the first answer on any machine.
  const late = health.watch({}, { timeoutMs: 3_000 })[Symbol.asyncIterator]();
  expect((await late.next()).done).toBe(false);
  await expect(late.next()).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  // Whichever of the two has the deadline first.
  const endedWatches = () => logged().match(/Health\/Watch".*"code":"(canceled|deadline_exceeded)"/g);
  await expect.poll(endedWatches).toHaveLength(2);
  expect((await health.check({})).status).toBe(1);
});
