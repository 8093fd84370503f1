import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inShortSlices, inSlices, loopTurn } from "../../../src/platform/event-loop.js";

test("an iteration of the event loop gives one turn, those of each caller in turn", async () => {
  const given: string[] = [];
  const take = (caller: string, name: string) => loopTurn(caller).then(() => given.push(name));
  const many = [1, 2, 3].map((i) => take("many", `many ${i}`));
  const few = take("few", "few 1");
  const counts: number[] = [];
  for (let iteration = 0; iteration < 4; iteration++) {
    await setImmediate();
    counts.push(given.length);
  }
  await Promise.all([...many, few]);
  expect(given).toEqual(["many 1", "few 1", "many 2", "many 3"]);
  expect(counts.map((count, i) => count - (counts[i - 1] ?? 0)).every((turns) => turns <= 1)).toBe(true);
});

test("what came of each slice comes in their order, and others have their turns between two slices", async () => {
  const log: (readonly number[] | string)[] = [];
  const sums = inSlices([1, 2, 3, 4, 5], 2, "long", (slice) => {
    log.push(slice);
    return slice.reduce((sum, item) => sum + item, 0);
  });
  const other = inSlices(["short"], 2, "other", (slice) => log.push(...slice));
  expect(await sums).toEqual([3, 7, 5]);
  await other;
  expect(log).toEqual([[1, 2], "short", [3, 4], [5]]);
});

test("slices of items that cost little grow, and those of items that cost much hold one", async () => {
  const items = Array.from({ length: 40 }, (_, i) => i);
  const sizes = await inShortSlices(items, "cheap", (slice) => slice.length);
  expect(sizes[0]).toBe(1);
  expect(Math.max(...sizes)).toBeGreaterThan(1);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(items.length);
  const costly = await inShortSlices(items.slice(0, 5), "costly", (slice) => {
    for (const until = performance.now() + 3 * slice.length; performance.now() < until; ) {
      // Busy.
    }
    return slice.length;
  });
  expect(costly).toEqual([1, 1, 1, 1, 1]);
});

test("a slice that fails fails the whole, and later turns are given all the same", async () => {
  const failing = inSlices([1, 2], 1, "failing", () => {
    throw new Error("as told");
  });
  await expect(failing).rejects.toThrow("as told");
  await loopTurn("later");
});
