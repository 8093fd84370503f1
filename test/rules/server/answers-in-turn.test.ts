import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { AnswersInTurn } from "../../../src/server/http/answers-in-turn.js";
import type { HttpRequest, HttpResponse } from "../../../src/server/http/http.js";

/** A connection as far as it is looked at here. */
class Socket extends EventEmitter {
  destroyed = false;
  readonly writable = true;
  paused = false;

  pause(): void {
    this.paused = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

/** A connection whose first request is never answered. */
function heldConnection(turns: AnswersInTurn) {
  const socket = new Socket();
  const request = (headerLength: number) =>
    ({ httpVersionMajor: 1, socket, rawHeaders: ["x", "a".repeat(headerLength)] }) as unknown as HttpRequest;
  turns.hold(request(0), new EventEmitter() as unknown as HttpResponse);
  return { socket, send: (headerLength: number) => turns.take(request(headerLength), {} as HttpResponse) };
}

test("of a connection that waits for an answer no more is read than 32 requests, or 64 KiB of their headers", () => {
  const turns = new AnswersInTurn(() => expect.unreachable("a request began before its turn"));
  for (const [headerLength, requests] of [
    [10, 32],
    [15_000, 5],
  ] as const) {
    const { socket, send } = heldConnection(turns);
    for (let i = 1; i <= requests; i++) {
      expect(socket.paused).toBe(false);
      send(headerLength);
    }
    expect(socket.paused).toBe(true);
  }
});

test("connections with 32 MiB of headers that wait close the one that sends more, and make room as they close", () => {
  const turns = new AnswersInTurn(() => expect.unreachable("a request began before its turn"));
  const connections = Array.from({ length: 512 }, () => heldConnection(turns));
  for (const { send } of connections) {
    send(65_535);
  }
  const [first] = connections;
  const more = heldConnection(turns);
  more.send(10);
  expect(more.socket.destroyed).toBe(true);
  first?.socket.destroy();
  const another = heldConnection(turns);
  another.send(10);
  expect(another.socket.destroyed).toBe(false);
});
