import { expect, test } from "vitest";
import { coalesce } from "../../../src/platform/coalesce.js";

/** Batches that stay under way until they are let go. */
function held(answer: (item: number) => string | Error = String) {
  const batches: { readonly items: readonly number[]; readonly letGo: () => void }[] = [];
  const run = async (items: readonly number[]) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    batches.push({ items, letGo: resolve });
    await promise;
    return items.map(answer);
  };
  return { batches, run };
}

test("the first goes alone and at once, and those who come meanwhile go together", async () => {
  const { batches, run } = held();
  const ask = coalesce(run, { maxBatch: 10, concurrency: 1 });
  const first = ask(1);
  await expect.poll(() => batches.length).toBe(1);
  const others = [ask(2), ask(3), ask(4)];
  await new Promise(setImmediate);
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
  batches[0]?.letGo();
  expect(await first).toBe("1");
  await expect.poll(() => batches.length).toBe(2);
  expect(batches[1]?.items).toEqual([2, 3, 4]);
  batches[1]?.letGo();
  expect(await Promise.all(others)).toEqual(["2", "3", "4"]);
});

test("a batch has as many as it may, and one is under way at a time", async () => {
  const { batches, run } = held();
  const ask = coalesce(run, { maxBatch: 2, concurrency: 1 });
  const all = [1, 2, 3, 4, 5].map((item) => ask(item));
  for (const items of [[1, 2], [3, 4], [5]]) {
    await expect.poll(() => batches.at(-1)?.items).toEqual(items);
    const started = batches.length;
    await new Promise(setImmediate);
    expect(batches).toHaveLength(started);
    batches.at(-1)?.letGo();
  }
  expect(await Promise.all(all)).toEqual(["1", "2", "3", "4", "5"]);
});

test("as many batches are under way as may be", async () => {
  const { batches, run } = held();
  const ask = coalesce(run, { maxBatch: 2, concurrency: 2 });
  const all = [1, 2, 3, 4, 5].map((item) => ask(item));
  await expect
    .poll(() => batches.map(({ items }) => items))
    .toEqual([
      [1, 2],
      [3, 4],
    ]);
  batches[1]?.letGo();
  await expect.poll(() => batches.length).toBe(3);
  batches[0]?.letGo();
  batches[2]?.letGo();
  expect(await Promise.all(all)).toEqual(["1", "2", "3", "4", "5"]);
});

test("an error of one is its own, and the batch after one that failed goes on", async () => {
  const ask = coalesce(
    async (items: readonly number[]) => {
      if (items.includes(0)) {
        throw new Error("the batch failed");
      }
      return items.map((item) => (item === 1 ? new Error("no 1") : String(item)));
    },
    { maxBatch: 2, concurrency: 1 },
  );
  const outcomes = await Promise.allSettled([ask(0), ask(2), ask(1), ask(3)]);
  expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.message))).toEqual([
    "the batch failed",
    "the batch failed",
    "no 1",
    "3",
  ]);
});

test("a batch that is slow keeps nobody waiting who comes after it", async () => {
  const { batches, run } = held();
  const ask = coalesce(run, { maxBatch: 10, concurrency: 1, slowMs: 20 });
  const slow = ask(1);
  await expect.poll(() => batches.length).toBe(1);
  const next = ask(2);
  await expect.poll(() => batches.length).toBe(2);
  batches[1]?.letGo();
  expect(await next).toBe("2");
  batches[0]?.letGo();
  expect(await slow).toBe("1");
});

test("a caller waits for so long and no longer, and what nobody waits for any more is left out of its batch", async () => {
  const { batches, run } = held();
  const late = () => new Error("late");
  const ask = coalesce(run, { maxBatch: 10, concurrency: 1, patience: { ms: 300, late } });
  const first = ask(1);
  await expect.poll(() => batches.length, { interval: 5 }).toBe(1);
  const second = ask(2);
  await expect(first).rejects.toThrow("late");
  await expect(second).rejects.toThrow("late");
  const third = ask(3);
  batches[0]?.letGo();
  await expect.poll(() => batches.length, { interval: 5 }).toBe(2);
  batches[1]?.letGo();
  expect(await third).toBe("3");
  expect(batches[1]?.items).toEqual([3]);
});

test("answers that are not one for each item are nobody's", async () => {
  const ask = coalesce(async () => ["one"], { maxBatch: 10, concurrency: 1 });
  const both = await Promise.allSettled([ask(1), ask(2)]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
