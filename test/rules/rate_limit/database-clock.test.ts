import fc from "fast-check";
import { expect, test } from "vitest";
import { DatabaseClock } from "../../../src/domain/rate_limit/database-clock.js";
import type { Instant } from "../../../src/platform/clock.js";

const began = Date.UTC(2026, 0, 1, 12);
const clocks = ["monotonic", "wall"] as const;

/** The instant here at which a clock that runs since `began` stands at so many milliseconds. */
const instantAt = (ms: number, wallAheadMs = 0): Instant => ({ monotonic: ms, wall: began + ms + wallAheadMs });

/** An answer of a database whose clock runs as the wall's does, so far ahead of it; it is read so long after the asking. */
function answer({ at = 0, aheadMs = 0, before = 0, after = 0, wallAheadMs = 0 }) {
  const readAt = instantAt(at + before, wallAheadMs);
  return {
    now: Math.floor(began + at + before + aheadMs),
    readAt,
    times: { askedAt: instantAt(at, wallAheadMs), answeredAt: instantAt(at + before + after, wallAheadMs) },
  };
}

const delays = fc.double({ min: 0, max: 300, noNaN: true });

test("the database showed what it tells between the two instants, and they are never further apart than asking and answer", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.array(fc.record({ pause: fc.double({ min: 0, max: 3_000, noNaN: true }), before: delays, after: delays })),
      (aheadMs, asked) => {
        const clock = new DatabaseClock();
        let at = 0;
        for (const { pause, before, after } of asked) {
          at += pause;
          const { now, readAt, times } = answer({ at, aheadMs, before, after });
          const narrowed = clock.narrow(now, times);
          for (const which of clocks) {
            // When it showed the whole millisecond, which it did up to one earlier than it was read.
            expect(narrowed.askedAt[which]).toBeLessThanOrEqual(readAt[which] + 1e-3);
            expect(narrowed.answeredAt[which]).toBeGreaterThanOrEqual(readAt[which] - 1 - 1e-3);
            expect(narrowed.askedAt[which]).toBeGreaterThanOrEqual(times.askedAt[which] - 1 - 1e-3);
            expect(narrowed.answeredAt[which]).toBeLessThanOrEqual(times.answeredAt[which] + 1e-3);
          }
          at += before + after;
        }
      },
    ),
  );
});

test("one quick answer makes the slow ones of the seconds after it as good, and of no later ones", () => {
  const clock = new DatabaseClock();
  const widthOf = (at: number, before: number, after: number) => {
    const { now, times } = answer({ at, before, after });
    const { askedAt, answeredAt } = clock.narrow(now, times);
    return answeredAt.monotonic - askedAt.monotonic;
  };
  expect(widthOf(0, 100, 100)).toBeCloseTo(201);
  expect(widthOf(1_000, 1, 1)).toBeCloseTo(3);
  expect(widthOf(1_500, 100, 100)).toBeCloseTo(3);
  expect(widthOf(3_700, 100, 100)).toBeCloseTo(3);
  expect(widthOf(4_000, 100, 100)).toBeCloseTo(201);
  expect(widthOf(5_900, 1, 1)).toBeCloseTo(3);
  expect(widthOf(10_000, 100, 100)).toBeCloseTo(201);
});

test.each([
  ["the database's clock is set forward", { aheadMs: 500 }],
  ["the database's clock is set back", { aheadMs: -500 }],
  ["the wall's clock here is set forward", { wallAheadMs: 500 }],
  ["the wall's clock here is set back", { wallAheadMs: -500 }],
])("where %s, what was told before counts no more", (_, after) => {
  const clock = new DatabaseClock();
  const before = answer({ at: 0, before: 1, after: 1 });
  clock.narrow(before.now, before.times);
  const since = answer({ at: 100, before: 20, after: 20, ...after });
  const later = answer({ at: 200, before: 20, after: 20, ...after });
  for (const { now, readAt, times } of [since, later]) {
    const { askedAt, answeredAt } = clock.narrow(now, times);
    for (const which of clocks) {
      expect(askedAt[which]).toBeLessThanOrEqual(readAt[which]);
      expect(answeredAt[which]).toBeGreaterThanOrEqual(readAt[which]);
    }
  }
});

test("where it is set by less than answers take, times are off by that until a quick one tells, or for some seconds", () => {
  const clock = new DatabaseClock();
  const lateBy = (at: number, tookMs: number, aheadMs: number) => {
    const { now, readAt, times } = answer({ at, before: tookMs, after: tookMs, aheadMs });
    return clock.narrow(now, times).askedAt.monotonic - readAt.monotonic;
  };
  lateBy(0, 1, 0);
  expect(lateBy(100, 100, 80)).toBeCloseTo(78);
  expect(lateBy(500, 5, 80)).toBeLessThanOrEqual(0);
  expect(lateBy(600, 100, 80)).toBeLessThanOrEqual(0);

  lateBy(10_000, 1, 0);
  expect(lateBy(10_100, 100, 80)).toBeCloseTo(78);
  expect(lateBy(14_100, 100, 80)).toBeLessThanOrEqual(0);
});
