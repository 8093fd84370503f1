import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LogSample } from "../../../src/platform/log-sample.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a kind of line is written at once, then once a second with the count of the others, and at once again after a quiet second", () => {
  const lines: object[] = [];
  const sample = new LogSample((fields) => lines.push(fields));
  for (const n of [1, 2, 3, 4]) {
    sample.add("a", { n });
  }
  expect(lines).toEqual([{ n: 1 }]);
  vi.advanceTimersByTime(1_000);
  expect(lines.splice(0)).toEqual([{ n: 1 }, { n: 4, left_out: 2 }]);
  sample.add("a", { n: 5 });
  vi.advanceTimersByTime(1_000);
  expect(lines.splice(0)).toEqual([{ n: 5 }]);
  vi.advanceTimersByTime(1_000);
  sample.add("a", { n: 6 });
  expect(lines).toEqual([{ n: 6 }]);
});

test("beyond a hundred kinds in a second the others are one count", () => {
  const lines: object[] = [];
  const sample = new LogSample((fields) => lines.push(fields));
  for (let kind = 0; kind < 10_000; kind++) {
    sample.add(String(kind), { kind });
  }
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toEqual({ left_out: 9_900 });
});
