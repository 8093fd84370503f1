import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { DatabaseBusyError } from "../../../src/domain/turns/errors.js";
import { Turnstile } from "../../../src/domain/turns/turnstile.js";

const turnMs = 50;
const longerThanATurn = 4 * turnMs;

test("what has begun is waited for, however long others may wait for a turn", async () => {
  const turnstile = new Turnstile({ max: 1, turnMs });
  const running = turnstile.pass(async () => {
    await sleep(longerThanATurn);
    return "done";
  });
  await expect(turnstile.pass(async () => "never")).rejects.toThrow(DatabaseBusyError);
  expect(await running).toBe("done");
});

test("who has waited in vain is not let in later", async () => {
  const turnstile = new Turnstile({ max: 1, turnMs });
  const running = turnstile.pass(() => sleep(longerThanATurn));
  let ran = false;
  const refused = turnstile.pass(async () => {
    ran = true;
  });
  await expect(refused).rejects.toThrow(DatabaseBusyError);
  await running;
  expect(await turnstile.pass(async () => "next")).toBe("next");
  expect(ran).toBe(false);
});

test("where tasks are limited, one that takes too long is given up and keeps its place until it is over", async () => {
  const turnstile = new Turnstile({ max: 1, turnMs: 10 * turnMs, taskMs: turnMs });
  const { promise, resolve } = Promise.withResolvers<void>();
  await expect(turnstile.pass(() => promise)).rejects.toThrow(DatabaseBusyError);
  let entered = false;
  const next = turnstile.pass(async () => {
    entered = true;
  });
  expect(entered).toBe(false);
  resolve();
  await next;
  expect(entered).toBe(true);
});
