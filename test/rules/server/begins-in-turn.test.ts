import type { IncomingMessage } from "node:http";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { BeginsInTurn } from "../../../src/server/http/begins-in-turn.js";

/** A request as far as it is looked at here. */
function requestOf(actor: string, destroyed = false): IncomingMessage {
  return { headers: { authorization: actor }, socket: { destroyed } } as IncomingMessage;
}

function begun() {
  const names: string[] = [];
  const begins = new BeginsInTurn((request) => request.headers.authorization ?? "");
  const take = (actor: string, destroyed?: boolean) =>
    begins.take(requestOf(actor, destroyed), () => names.push(actor));
  return { names, take };
}

test("sixteen requests begin in an iteration of the event loop, and the others in those that follow", async () => {
  const { names, take } = begun();
  for (let i = 0; i < 40; i++) {
    take("greedy");
  }
  expect(names).toHaveLength(16);
  await setImmediate();
  expect(names).toHaveLength(32);
  await setImmediate();
  expect(names).toHaveLength(40);
});

test("whoever has many that wait does not hold up one of another", async () => {
  const { names, take } = begun();
  for (let i = 0; i < 200; i++) {
    take("greedy");
  }
  take("modest");
  await setImmediate();
  expect(names.slice(16, 18)).toContain("modest");
});

test("a request whose client has left meanwhile is not begun, and takes nobody's turn", async () => {
  const { names, take } = begun();
  for (let i = 0; i < 16; i++) {
    take("first");
  }
  for (let i = 0; i < 900; i++) {
    take("gone", true);
  }
  take("gone");
  await setImmediate();
  expect(names.slice(16)).toEqual(["gone"]);
});
