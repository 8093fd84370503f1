import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectHttp2, constants } from "node:http2";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { createClient } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { createLogger } from "../../../src/platform/logger.js";
import { connectionTimeouts } from "../../../src/server/http/limits.js";
import { ListenError } from "../../../src/server/http/listen-error.js";
import { listen } from "../../../src/server/http/listener.js";
import { peekProtocol } from "../../../src/server/http/peek-protocol.js";
import { post, transports } from "./clients.js";
import { exchange } from "./raw.js";
import { mount, start } from "./start.js";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const tls = {
  cert: readFileSync(new URL("fixtures/cert.pem", import.meta.url), "utf8"),
  key: readFileSync(new URL("fixtures/key.pem", import.meta.url), "utf8"),
};
const routes = mount({
  project: { createProject: ({ name }) => ({ project: { name }, message: "made ".repeat(1000) }) },
});

describe.each(transports)("%s", (_name, open) => {
  test("reaches the port in clear", async () => {
    const { url } = await start({ routes });
    const { project } = await createClient(ProjectService, open(url)).createProject({ name: "orders" });
    expect(project?.name).toBe("orders");
  });

  test("reaches the port over TLS", async () => {
    const { url } = await start({ routes, tls });
    expect(url).toMatch(/^https:/);
    const { project } = await createClient(ProjectService, open(url)).createProject({ name: "orders" });
    expect(project?.name).toBe("orders");
  });

  test("is told unimplemented for an rpc without a handler", async () => {
    const { url } = await start({ routes });
    await expect(createClient(ProjectService, open(url)).queryProjects({})).rejects.toThrow(/^\[unimplemented\]/);
  });
});

test("ALPN decides over TLS, and a client without ALPN gets HTTP/1.1", async () => {
  const { server } = await start({ tls });
  for (const [offered, chosen] of [
    [["h2", "http/1.1"], "h2"],
    [["http/1.1"], "http/1.1"],
  ] as const) {
    const socket = connectTls({ port: server.port, host: "127.0.0.1", ca: tls.cert, ALPNProtocols: [...offered] });
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe(chosen);
    socket.destroy();
  }
  const socket = connectTls({ port: server.port, host: "127.0.0.1", ca: tls.cert });
  await once(socket, "secureConnect");
  socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 200/);
  socket.destroy();
});

test("HTTP/2 is known when its preface comes byte by byte", async () => {
  const { server } = await start();
  const answer = await exchange(server.port, [...preface.split(""), emptySettings]);
  expect(answer.subarray(3, 4)).toEqual(Buffer.from([4])); // a SETTINGS frame
});

test("HTTP/1.1 is known when it comes byte by byte", async () => {
  const { server } = await start();
  const answer = await exchange(server.port, [..."GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".split("")]);
  expect(String(answer)).toMatch(/^HTTP\/1.1 200/);
});

test.each([
  ["bytes that are no protocol", Buffer.from([0, 255, 1, 2, 3, 13, 10, 13, 10])],
  ["a method that starts like HTTP/2's preface", Buffer.from("PRINT / HTTP/1.1\r\nhost: x\r\n\r\n")],
  ["a TLS greeting on a clear port", Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3])],
  ["HTTP/1.1 without a host", Buffer.from("GET /healthz HTTP/1.1\r\n\r\n")],
])("%s: 400, with our headers", async (_name, bytes) => {
  const { server, url } = await start();
  const answer = String(await exchange(server.port, [bytes]));
  expect(answer).toMatch(/^HTTP\/1.1 400/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test("an rpc of HTTP/1.0 without a host is a 400, with a request id", async () => {
  const { server } = await start();
  const path = "/altalune.v1.ProjectService/CreateProject";
  const answer = String(
    await exchange(server.port, [
      `POST ${path} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    ]),
  );
  expect(answer).toMatch(/^HTTP\/1.1 400/);
  expect(answer).toMatch(/x-request-id: \S+/i);
});

test("an rpc to a host that is none is a 400", async () => {
  const { server } = await start();
  const path = "/altalune.v1.ProjectService/CreateProject";
  const answer = String(
    await exchange(server.port, [
      `POST ${path} HTTP/1.1\r\nhost: a b:c\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    ]),
  );
  expect(answer).toMatch(/^HTTP\/1.1 400/);
});

test("an unknown path is a 404 in JSON that Connect clients read as unimplemented", async () => {
  const { url } = await start();
  const answer = await post(`${url}/altalune.v1.ProjectService/Nothing`, "{}");
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: "unimplemented" });
});

test.each(["application/grpc", "application/grpc-web+proto"])(
  "an unknown path that is no rpc's is a 404 to %s too, which a gateway does not take for a yes",
  async (type) => {
    const { url } = await start();
    for (const [method, path] of [
      ["GET", "/forward-authx"],
      ["GET", "/altalune.v1.ProjectService/Nothing"],
      ["POST", "/forwardauth"],
      ["POST", "/auth/altalune.v1.ProjectService/CreateProject"],
    ] as const) {
      const answer = await fetch(url + path, { method, headers: { "content-type": type } });
      expect(answer.status, `${method} ${path}`).toBe(404);
    }
  },
);

test.each(["/healthz#fragment", "/healthz#", "/healthz\u00e9"])("the target %s is refused", async (target) => {
  const { server } = await start();
  const answer = String(
    await exchange(server.port, [Buffer.from(`GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`, "latin1")]),
  );
  expect(answer).toMatch(/^HTTP\/1.1 400/);
  expect(answer).toMatch(/target|Bad Request/);
});

test("headers of more than 16 KiB are refused by both versions of HTTP", async () => {
  const { server, url } = await start();
  const big = "x".repeat(20_000);
  const answer = String(await exchange(server.port, [`GET /healthz HTTP/1.1\r\nhost: x\r\nbig: ${big}\r\n\r\n`]));
  expect(answer).toMatch(/^HTTP\/1.1 431/);

  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  await once(session, "remoteSettings"); // before that a client cannot know of the limit
  const stream = session.request({ ":path": "/healthz", big });
  const [error] = await once(stream, "error").catch((reason) => [reason]);
  expect(error).toBeInstanceOf(Error);
});

const tooLarge = { code: "resource_exhausted", message: "the request is larger than 131072 bytes" };

test("a body above 1 MiB is refused with what its rpc may be, and the connection answers what follows", async () => {
  const { url, server } = await start({ routes });
  const path = "/altalune.v1.ProjectService/CreateProject";
  const big = JSON.stringify({ name: "x".repeat(1_100_000) });
  const answer = await post(url + path, big);
  expect(answer.status).toBe(429);
  expect(await answer.json()).toEqual(tooLarge);

  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
  const next = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
  const answers = String(await exchange(server.port, [head, ...Array(20).fill(chunk), "0\r\n\r\n", next]));
  expect(answers).toContain(tooLarge.message);
  expect(answers).toMatch(/HTTP\/1.1 200/);
});

test("a body that unpacks to more than 1 MiB is refused with what its rpc may be", async () => {
  const { gzipSync, brotliCompressSync } = await import("node:zlib");
  const { url } = await start({ routes });
  const bomb = Buffer.from(JSON.stringify({ name: "x".repeat(50_000_000) }));
  for (const [encoding, packed] of [
    ["gzip", gzipSync(bomb)],
    ["br", brotliCompressSync(bomb, { params: { 1: 1 } })],
  ] as const) {
    expect(packed.length).toBeLessThan(1_000_000);
    const answer = await post(`${url}/altalune.v1.ProjectService/CreateProject`, Buffer.from(packed), {
      "content-encoding": encoding,
    });
    expect(await answer.json()).toEqual(tooLarge);
  }
});

test("requests may be compressed, and large responses are where the client takes it", async () => {
  const { gzipSync } = await import("node:zlib");
  const { url } = await start({ routes });
  const packed = Buffer.from(gzipSync(JSON.stringify({ name: "orders" })));
  const answer = await post(`${url}/altalune.v1.ProjectService/CreateProject`, packed, {
    "content-encoding": "gzip",
    "accept-encoding": "gzip",
  });
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  expect(await answer.json()).toMatchObject({ project: { name: "orders" } });
});

test("a stream that never ends its body is let go once it is answered", async () => {
  const { url, server, logged } = await start({ routes });
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": "/altalune.v1.ProjectService/CreateProject",
    "content-type": "application/grpc",
  });
  // An envelope that promises more than is allowed, and then nothing.
  stream.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]));
  const trailers = once(stream, "trailers");
  stream.resume();
  const [received] = await trailers;
  expect(received["grpc-status"]).toBe("8");
  await once(stream, "close");
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  await server.drain();
  expect(logged()).toContain("resource_exhausted");
});

describe("slow clients", () => {
  const timeouts = {
    ...connectionTimeouts,
    greeting: 200,
    headers: 300,
    request: 600,
    keepAlive: 200,
    idleSession: 200,
  };
  const listenPatiently = async () => {
    const listener = await listen({
      host: "127.0.0.1",
      port: 0,
      logger: createLogger("silent"),
      timeouts,
      onRequest: (request, response) => {
        request.resume();
        request.on("end", () => response.end());
      },
    });
    onTestFinished(() => listener.close());
    return listener.port;
  };

  test.each([
    ["says nothing", []],
    ["stops in the middle of HTTP/2's preface", ["PRI * HT"]],
    ["stops in the middle of its headers", ["GET / HTTP/1.1\r\nhos"]],
    ["stops in the middle of its body", ["POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc"]],
    ["is silent after its request", ["GET / HTTP/1.1\r\nhost: x\r\n\r\n"]],
    ["opens an HTTP/2 session and no stream", [preface, emptySettings]],
  ])("one that %s is disconnected", async (_name, pieces) => {
    const port = await listenPatiently();
    const before = performance.now();
    await exchange(port, pieces, 10_000);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  test("a body that trickles in over HTTP/2 does not outlive the call's deadline", async () => {
    const { url } = await start({ routes });
    const session = connectHttp2(url);
    onTestFinished(() => session.destroy());
    const stream = session.request({
      ":method": "POST",
      ":path": "/altalune.v1.ProjectService/CreateProject",
      "content-type": "application/json",
      "connect-timeout-ms": "150",
    });
    stream.write("{");
    const [head] = await once(stream, "response");
    expect(head[":status"]).toBe(504);
  });
});

test("peeking leaves a connection alone that ends before it is known", async () => {
  const found: string[] = [];
  const server = createServer((socket) => peekProtocol(socket, 1_000, (protocol) => found.push(protocol)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  await exchange((server.address() as { port: number }).port, ["PRI"], 50);
  await delay(50);
  expect(found).toEqual([]);
});

test("a port that is taken is told with the port and the variable that changes it", async () => {
  const { server } = await start();
  const second = start({ port: server.port });
  await expect(second).rejects.toThrow(ListenError);
  await expect(second).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${server.port}.*PORT`));
});
