import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { describe, expect, onTestFinished, test } from "vitest";
import { QueryApiKeysResponseSchema } from "../../../gen/altalune/v1/api_key_pb.js";
import { connectionTimeouts } from "../../../src/server/http/limits.js";
import { mount, start } from "./start.js";

const perConnection = 1_500;
const metrics = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  onTestFinished(() => void socket.destroy());
  return socket;
}

test("requests that a client sends without waiting are all answered, in their order", async () => {
  const { server } = await start();
  const socket = await open(server.port);
  const paths = ["/healthz", "/readyz", "/metrics", "/nothing", "/altalune.v1.ProjectService/CreateProject"];
  const requests = Array.from(
    { length: perConnection },
    (_, i) => `GET ${paths[i % paths.length]} HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: request-${i}\r\n\r\n`,
  );
  let received = "";
  socket.on("data", (chunk) => {
    received += String(chunk);
  });
  socket.write(requests.join(""));
  const ids = () => [...received.matchAll(/^x-request-id: request-(\d+)\r$/gm)].map(([, id]) => Number(id));
  await expect.poll(() => ids().length, { timeout: 20_000 }).toBe(perConnection);
  expect(ids()).toEqual(Array.from({ length: perConnection }, (_, i) => i));
});

test("of a client that does not read, no more requests are served than the system takes answers of", async () => {
  let begun = 0;
  const nextPageToken = "x".repeat(1024 * 1024);
  const { server } = await start({
    routes: mount({
      apiKey: {
        queryApiKeys() {
          begun += 1;
          return create(QueryApiKeysResponseSchema, { meta: { nextPageToken } });
        },
      },
    }),
  });
  const body = JSON.stringify({ projectId: "aaaaaaaaaaaaaa" });
  const request = `POST /altalune.v1.ApiKeyService/QueryApiKeys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const sockets = await Promise.all(Array.from({ length: 4 }, () => open(server.port)));
  for (const socket of sockets) {
    socket.write(request.repeat(200));
  }
  await expect.poll(() => begun).toBeGreaterThan(0);
  await sleep(1_000);
  // A connection's buffers in the system take some megabytes.
  expect(begun).toBeLessThan(4 * 12);
});

test("1,500 unread probes on each of 16 connections leave the memory where it was", async () => {
  const text = "# a metric\n".repeat(8_000);
  let computed = 0;
  const { server, url } = await start({
    exposeMetrics: async () => {
      computed += 1;
      return text;
    },
  });
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  for (const socket of await Promise.all(Array.from({ length: 16 }, () => open(server.port)))) {
    socket.write(metrics.repeat(perConnection));
  }
  await sleep(2_000);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  expect(computed).toBeLessThanOrEqual(Math.ceil((performance.now() - startedAt) / 1_000) + 1);
});

describe("an answer that its client does not read", () => {
  const timeouts = { ...connectionTimeouts, unread: 500 };

  test("ends its connection after a time, over HTTP/1.1", async () => {
    const { server } = await start({ timeouts, exposeMetrics: async () => "m".repeat(16 * 1024 * 1024) });
    const reading = await open(server.port);
    const silent = await open(server.port);
    let read = 0;
    reading.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    reading.write(metrics);
    silent.pause();
    silent.write(metrics);
    const closed = once(silent, "close");
    await sleep(4_000);
    silent.resume();
    await closed;
    expect(silent.bytesRead).toBeLessThan(16 * 1024 * 1024);
    expect(read).toBeGreaterThan(16 * 1024 * 1024);
  });

  test.each(["/metrics", "/nothing", "/healthz"])("ends its connection after a time, over HTTP/2: %s", async (path) => {
    const { url } = await start({ timeouts });
    const session = connectHttp2(url, { settings: { initialWindowSize: 0 } });
    onTestFinished(() => void session.destroy());
    session.on("error", () => undefined);
    for (let i = 0; i < 20; i++) {
      const stream = session.request({ ":path": path });
      stream.on("error", () => undefined);
    }
    await once(session, "close");
  });
});

test("of probes that a session does not read no more than 16 are answered, and the others once it reads", async () => {
  const { url } = await start();
  const session = connectHttp2(url, { settings: { initialWindowSize: 0 } });
  onTestFinished(() => void session.destroy());
  let answered = 0;
  let read = 0;
  for (let i = 0; i < 100; i++) {
    const stream = session.request({ ":path": "/metrics" });
    stream.on("response", () => {
      answered += 1;
    });
    stream.on("end", () => {
      read += 1;
    });
    stream.resume();
    if (i % 10 === 9) {
      stream.close();
    }
  }
  await expect.poll(() => answered).toBe(16);
  await sleep(300);
  expect(answered).toBe(16);
  session.settings({ initialWindowSize: 65_535 });
  await expect.poll(() => read).toBe(100);
});

test("where too much lies unread, the connections that have not read for longest are closed", async () => {
  // Twice in what may lie unread.
  const { server, url } = await start({ exposeMetrics: async () => "m".repeat(30 * 1024 * 1024) });
  const sockets: Socket[] = [];
  for (let i = 0; i < 3; i++) {
    const socket = await open(server.port);
    socket.pause();
    socket.write(metrics);
    sockets.push(socket);
    await sleep(1_200);
  }
  await sleep(2_500);
  for (const socket of sockets) {
    socket.resume();
  }
  await expect
    .poll(() => sockets.map(({ bytesRead }) => bytesRead > 30 * 1024 * 1024), { timeout: 10_000 })
    .toEqual([false, true, true]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
