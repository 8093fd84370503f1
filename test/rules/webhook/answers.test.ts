import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { parseRanges } from "../../../src/platform/address-ranges.js";
import { createFetchText } from "../../../src/platform/egress/fetch-text.js";
import { EgressError, guardedRequest } from "../../../src/platform/egress/guarded-request.js";
import { systemResolve } from "../../../src/platform/egress/look-ups.js";

const allowed = parseRanges("loopback") ?? [];
const post = { method: "POST", headers: {}, body: Buffer.from("{}"), actor: "", timeoutMs: 60_000 } as const;

/** A server that does with a connection what the test says, once something comes. */
async function serverThat(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("data", () => answer(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const send = (url: string, timeoutMs: number = post.timeoutMs) =>
  guardedRequest(
    url,
    { allowed, variable: "ALTALUNE_WEBHOOK_ALLOW", resolve: systemResolve },
    { ...post, timeoutMs },
    async ({ statusCode }) => statusCode,
  );

const switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";

test("an answer that switches protocols is a failure at once, and its connection is cut", async () => {
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  await using server = await serverThat((socket) => {
    socket.on("close", () => resolve());
    socket.write(switching);
  });
  await expect(send(server.url)).rejects.toThrow(new EgressError("the answer has the status 101"));
  await cut;
  const fetchText = createFetchText(allowed, { maxBytes: 1_000, timeoutMs: post.timeoutMs }, systemResolve);
  await expect(fetchText(server.url)).rejects.toThrow(new EgressError("the answer has the status 101"));
});

const ends: readonly [string, (socket: Socket) => void][] = [
  ["that ends without an answer", (socket: Socket) => void socket.end()],
  ["that is reset", (socket: Socket) => void socket.resetAndDestroy()],
  ["that ends in the middle of headers", (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-")],
  ["that speaks something else", (socket: Socket) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n")],
];

test.for(ends)("a connection %s is a failure", async ([_what, answer]) => {
  await using server = await serverThat(answer);
  await expect(send(server.url)).rejects.toBeInstanceOf(Error);
});

const silences: readonly [string, (socket: Socket) => void][] = [
  ["says nothing", () => undefined],
  ["is always about to answer", (socket: Socket) => void socket.write("HTTP/1.1 102 Processing\r\n\r\n".repeat(20))],
  ["never ends its headers", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\n")],
];

test.for(silences)("a server that %s is given up after its time", async ([_what, answer]) => {
  await using server = await serverThat(answer);
  await expect(send(server.url, 200)).rejects.toThrow(new EgressError("the answer took too long"));
});
