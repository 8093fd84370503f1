import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { inSlices, loopTurn } from "../../../src/platform/event-loop.js";

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
  const results = await sums;
  await other;
  const slices = log.filter((entry) => typeof entry !== "string");
  expect(log.slice(0, 2)).toEqual([[1], "short"]);
  expect(slices.flat()).toEqual([1, 2, 3, 4, 5]);
  expect(slices.every((slice) => slice.length <= 2)).toBe(true);
  expect(results).toEqual(slices.map((slice) => slice.reduce((sum, item) => sum + item, 0)));
});

test("a slice that fails fails the whole, and later turns are given all the same", async () => {
  const failing = inSlices([1, 2], 1, "failing", () => {
    throw new Error("as told");
  });
  await expect(failing).rejects.toThrow("as told");
  await loopTurn("later");
});
