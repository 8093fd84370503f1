import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";
import { connectionTimeouts } from "../../../src/server/http/limits.js";
import { listen } from "../../../src/server/http/listener.js";

const connections = 20;

test("of new connections that begin with a hundred requests each, one is read in an iteration of the event loop", async () => {
  const readInIteration = [0];
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    logger: createLogger("silent"),
    timeouts: connectionTimeouts,
    onRequest: (_request, response) => {
      readInIteration[readInIteration.length - 1] = (readInIteration.at(-1) ?? 0) + 1;
      response.end();
    },
  });
  onTestFinished(() => listener.close());
  const iteration = () => void readInIteration.push(0);
  let immediate = setImmediate(function next() {
    iteration();
    immediate = setImmediate(next);
  });
  onTestFinished(() => clearImmediate(immediate));

  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(listener.port)));
  // Until the server has them all: it takes one in an iteration.
  await delay(100);
  const ended = sockets.map((socket) => once(socket, "close"));
  for (const socket of sockets) {
    socket.write(
      `${"GET / HTTP/1.1\r\nHost: localhost\r\nX-Padding: 0123456789\r\n\r\n".repeat(99)}GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
  }
  await Promise.all(ended);
  expect(readInIteration.reduce((sum, count) => sum + count)).toBe(connections * 100);
  expect(Math.max(...readInIteration)).toBeLessThanOrEqual(200);
});

/** A connection that has said nothing yet. */
async function opened(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.resume();
  await once(socket, "connect");
  return socket;
}
