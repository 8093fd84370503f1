import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectionTimeouts } from "../../../src/server/http/limits.js";
import { frame, clientPreface as greeting } from "./raw.js";
import { start } from "./start.js";

const headersMs = 2_000;
const timeouts = { ...connectionTimeouts, headers: headersMs };

const endStream = 0x1;
const endHeaders = 0x4;
const headersFrame = 0x1;
const continuationFrame = 0x9;

// GET, http, an authority of one character and the path /healthz, in HPACK.
const request = Buffer.concat([Buffer.from([0x82, 0x86, 0x41, 0x01, 0x78, 0x04, 0x08]), Buffer.from("/healthz")]);
const unfinished = frame(headersFrame, endStream, 1, request);

interface Peer {
  readonly socket: Socket;
  /** How long after its request the server closed it; undefined: it has not. */
  closedAfterMs(): number | undefined;
  received(): Buffer;
}

async function greet(port: number, first: Uint8Array): Promise<Peer> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  let received = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  let closedAfter: number | undefined;
  const sentAt = performance.now();
  socket.once("close", () => {
    closedAfter = performance.now() - sentAt;
  });
  socket.write(Buffer.concat([greeting, first]));
  return { socket, closedAfterMs: () => closedAfter, received: () => received };
}

describe("a peer of HTTP/2 whose headers do not end is cut", () => {
  test("when it says nothing more", async () => {
    const { server } = await start({ timeouts });
    const peer = await greet(server.port, unfinished);
    await expect.poll(peer.closedAfterMs, { timeout: 3 * headersMs }).toBeGreaterThan(headersMs / 2);
  });

  test("when it trickles them, byte by byte", async () => {
    const { server } = await start({ timeouts });
    const long = frame(headersFrame, endStream, 1, Buffer.concat([request, Buffer.alloc(10_000, 0x84)]));
    const peer = await greet(server.port, long.subarray(0, 30));
    for (let at = 30; peer.closedAfterMs() === undefined && at < 30 + 3 * (headersMs / 50); at++) {
      peer.socket.write(long.subarray(at, at + 1));
      await sleep(50);
    }
    expect(peer.closedAfterMs()).toBeGreaterThan(headersMs / 2);
  });

  test("when requests on the same connection were answered before", async () => {
    const { server } = await start({ timeouts });
    const peer = await greet(server.port, frame(headersFrame, endStream | endHeaders, 1, request));
    await expect.poll(() => peer.received().includes("alive")).toBe(true);
    peer.socket.write(frame(headersFrame, endStream, 3, request));
    await expect.poll(peer.closedAfterMs, { timeout: 3 * headersMs }).toBeGreaterThan(headersMs / 2);
  });

  test.each([0, 1, 16 * 1024])("at once when it goes on for ever, with %i bytes a frame", async (bytes) => {
    const { server, url } = await start();
    const before = process.memoryUsage().rss;
    // A field that is named by its index, over and over.
    const more = frame(continuationFrame, 0, 1, Buffer.alloc(bytes, 0x84));
    const peer = await greet(server.port, unfinished);
    let sent = 0;
    while (peer.closedAfterMs() === undefined && sent < 1_000) {
      peer.socket.write(more);
      sent += 1;
      await sleep(1);
    }
    expect(peer.closedAfterMs()).toBeDefined();
    expect(sent).toBeLessThan(1_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe("a peer of HTTP/2 whose headers have ended stays", () => {
  test("when it has nothing more to ask", async () => {
    const { server } = await start({ timeouts });
    const peer = await greet(server.port, frame(headersFrame, endStream | endHeaders, 1, request));
    await sleep(2.5 * headersMs);
    expect(peer.closedAfterMs()).toBeUndefined();
  });

  test("when they were refused for their size", async () => {
    const { url } = await start({ timeouts });
    const session = connectHttp2(url);
    onTestFinished(() => void session.destroy());
    const tooLong = session.request({ ":path": "/healthz", "x-long": "a".repeat(40_000) });
    await expect(once(tooLong, "response")).rejects.toThrow("ENHANCE_YOUR_CALM");
    await sleep(2.5 * headersMs);
    expect(session.closed).toBe(false);
    const answered = session.request({ ":path": "/healthz" });
    const [headers] = await once(answered, "response");
    expect(headers[":status"]).toBe(200);
  });
});
