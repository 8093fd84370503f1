import { expect, test } from "vitest";
import { windowEnds, windowEndsAt } from "../../../src/domain/rate_limit/window-ends.js";
import { minuteMs } from "../../support/fixtures.js";

test("the ends of a minute are the same objects, also while those of the next are asked for", () => {
  const starts = { minute: Date.UTC(2026, 0, 1, 12, 30), day: Date.UTC(2026, 0, 1) };
  const next = { ...starts, minute: starts.minute + minuteMs };
  const ends = windowEnds(starts);
  expect(ends).toEqual({ minute: new Date("2026-01-01T12:31:00Z"), day: new Date("2026-01-02T00:00:00Z") });
  const endsOfNext = windowEnds(next);
  expect(endsOfNext.minute).toEqual(new Date("2026-01-01T12:32:00Z"));
  expect(windowEnds({ ...starts })).toBe(ends);
  expect(windowEndsAt(new Date(starts.minute + 59_999))).toBe(ends);
  expect(windowEndsAt(new Date(next.minute))).toBe(endsOfNext);
});

test("the same minute of another day ends with that", () => {
  const starts = { minute: Date.UTC(2026, 0, 1), day: Date.UTC(2026, 0, 1) };
  expect(windowEnds(starts).day).toEqual(new Date("2026-01-02T00:00:00Z"));
  expect(windowEnds({ ...starts, day: Date.UTC(2025, 11, 31) }).day).toEqual(new Date("2026-01-01T00:00:00Z"));
});
