import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConcurrencyLimiter } from "../../../src/platform/concurrency-limiter.js";
import { FairQueue } from "../../../src/platform/fair-queue.js";

test("those who wait are taken in turn by caller, and of one caller in their order", () => {
  const waiting = new FairQueue<string>();
  for (const [caller, item] of [
    ["many", "m1"],
    ["many", "m2"],
    ["many", "m3"],
    ["few", "f1"],
    ["other", "o1"],
    ["few", "f2"],
  ] as const) {
    waiting.add(caller, item);
  }
  waiting.delete("m2");
  expect(Array.from({ length: 6 }, () => waiting.take()?.[1])).toEqual(["m1", "f1", "o1", "m3", "f2", undefined]);
  expect(waiting.size).toBe(0);
});

test("whatever is added and taken, nobody waits for more than one item of each other caller", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 5 }), { maxLength: 200 }), (steps) => {
      const waiting = new FairQueue<number>();
      const since = new Map<string, string[]>();
      for (const [i, step] of steps.entries()) {
        if (step >= 0) {
          waiting.add(`caller ${step}`, i);
          if (!since.has(`caller ${step}`)) {
            since.set(`caller ${step}`, []);
          }
          continue;
        }
        const taken = waiting.take();
        if (taken === undefined) {
          continue;
        }
        const [caller] = taken;
        for (const [other, before] of since) {
          if (other !== caller) {
            before.push(caller);
            expect(new Set(before).size).toBe(before.length);
          }
        }
        since.delete(caller);
        if (waiting.sizeOf(caller) > 0) {
          since.set(caller, []);
        }
      }
    }),
  );
});

test("a caller with a thousand tasks keeps another's waiting for one of them", async () => {
  const limiter = new ConcurrencyLimiter({ max: 2, overloaded: () => new Error("overloaded") });
  const order: string[] = [];
  const task = (caller: string) =>
    limiter.run(async () => {
      order.push(caller);
      await sleep(0);
    }, caller);
  const all = [...Array.from({ length: 1_000 }, () => task("many")), task("one")];
  await Promise.all(all);
  expect(order.indexOf("one")).toBeLessThanOrEqual(4);
});

test("a caller who fills the queue leaves room for others", async () => {
  const limiter = new ConcurrencyLimiter({ max: 1, overloaded: () => new Error("overloaded") });
  const { promise, resolve } = Promise.withResolvers<void>();
  const all = Array.from({ length: 30_000 }, () => limiter.run(() => promise, "many"));
  const refused = Promise.allSettled(all).then((ends) => ends.filter(({ status }) => status === "rejected").length);
  const one = limiter.run(async () => "heard", "one");
  resolve();
  expect(await one).toBe("heard");
  expect(await refused).toBeGreaterThan(0);
});
