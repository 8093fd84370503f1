import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ConcurrencyLimiter } from "../../../src/platform/concurrency-limiter.js";

class Overloaded extends Error {}

const overloaded = () => new Overloaded();
const queueTimeoutMs = 50;
const longerThanTheQueue = 4 * queueTimeoutMs;

test("a task that has started is waited for, however short the queue's timeout is", async () => {
  const limiter = new ConcurrencyLimiter({ max: 1, queueTimeoutMs, overloaded });
  const running = limiter.run(async () => {
    await sleep(longerThanTheQueue);
    return "done";
  });
  await expect(limiter.run(async () => "never")).rejects.toThrow(Overloaded);
  expect(await running).toBe("done");
});

test("a task whose wait in the queue was too long never starts", async () => {
  const limiter = new ConcurrencyLimiter({ max: 1, queueTimeoutMs, overloaded });
  const running = limiter.run(() => sleep(longerThanTheQueue));
  let ran = false;
  const refused = limiter.run(async () => {
    ran = true;
  });
  await expect(refused).rejects.toThrow(Overloaded);
  await running;
  expect(await limiter.run(async () => "next")).toBe("next");
  expect(ran).toBe(false);
});

test("a task that takes longer than the timeout is given up and keeps its place until it is over", async () => {
  const limiter = new ConcurrencyLimiter({
    max: 1,
    queueTimeoutMs: 10 * queueTimeoutMs,
    timeoutMs: queueTimeoutMs,
    overloaded,
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  await expect(limiter.run(() => promise)).rejects.toThrow(Overloaded);
  let started = false;
  const next = limiter.run(async () => {
    started = true;
  });
  expect(started).toBe(false);
  resolve();
  await next;
  expect(started).toBe(true);
});

test("one actor has no more places than are for one, and the others find theirs", async () => {
  const limiter = new ConcurrencyLimiter({ max: 3, maxPerActor: 2, overloaded: () => new Error("overloaded") });
  const running = { greedy: 0, modest: 0 };
  const most = { greedy: 0, modest: 0 };
  const task = (actor: "greedy" | "modest") => async () => {
    running[actor] += 1;
    most[actor] = Math.max(most[actor], running[actor]);
    await sleep(5);
    running[actor] -= 1;
  };
  const greedy = Array.from({ length: 20 }, () => limiter.run(task("greedy"), "greedy"));
  const since = performance.now();
  await limiter.run(task("modest"), "modest");
  const waited = performance.now() - since;
  await Promise.all(greedy);
  expect(most).toEqual({ greedy: 2, modest: 1 });
  expect(waited).toBeLessThan(50);
});

test("a place that rests answers at once, and begins what waits for it after the rest", async () => {
  const limiter = new ConcurrencyLimiter({ max: 1, restMs: 40, overloaded });
  const began: number[] = [];
  const answered: number[] = [];
  const task = async () => {
    began.push(performance.now());
    await sleep(20);
  };
  const run = () => limiter.run(task).then(() => answered.push(performance.now()));
  await Promise.all([run(), run()]);
  const [, second = 0] = began;
  const [first = 0] = answered;
  // But for what timers are off by.
  expect(second - first).toBeGreaterThan(35);
});
