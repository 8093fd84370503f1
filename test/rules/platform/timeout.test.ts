import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { fulfilledWithin, within } from "../../../src/platform/timeout.js";

const never = new Promise<never>(() => {});
const late = () => new Error("late");

test("what comes in time is given on, be it a result or an error", async () => {
  expect(await within(sleep(1, "result"), 10_000, late)).toBe("result");
  await expect(within(Promise.reject(new Error("own")), 10_000, late)).rejects.toThrow("own");
  expect(await fulfilledWithin(sleep(1), 10_000)).toBe(true);
  await expect(fulfilledWithin(Promise.reject(new Error("own")), 10_000)).rejects.toThrow("own");
});

test("what does not come in time is not waited for", async () => {
  await expect(within(never, 10, late)).rejects.toThrow("late");
  expect(await fulfilledWithin(never, 10)).toBe(false);
});
