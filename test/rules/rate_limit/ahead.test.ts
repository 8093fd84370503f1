import { expect, test } from "vitest";
import { LocalQuota } from "../../../src/domain/rate_limit/local-quota.js";
import type { Refill, Unspent } from "../../../src/domain/rate_limit/refill.js";
import { readClocks } from "../../../src/platform/clock.js";
import { ModelClock } from "../../search/rate_limit/model-fleet.js";

const minute = 60_000;
const start = Date.UTC(2026, 0, 1, 12);
const day = Date.UTC(2026, 0, 1);
const next = { minute: start + minute, day };

/** A quota whose share lasts from a minute's beginning, and its clock. */
function quotaOf(perMinute: number, begins = start) {
  const clock = new ModelClock(begins);
  const returned: Unspent[] = [];
  const rateLimits = { perMinute, perDay: undefined };
  const key = { projectId: 1n, apiKeyId: 1n, tier: "", rateLimits };
  const quota = new LocalQuota(key, clock, (unspent) => returned.push(unspent));
  const hear = (refill: Refill, tookMs = 0) => {
    const askedAt = readClocks(clock);
    clock.pass(tookMs, 0);
    quota.refilled(refill, { askedAt, answeredAt: readClocks(clock) });
  };
  quota.startRefill();
  hear({ granted: 1_000, minute: 1_000, day: 1_000, starts: { minute: begins, day }, now: begins });
  return { quota, clock, returned, hear };
}

/** The same shortly before its minute ends, with calls going on. */
function busyQuota(perMinute = 100_000) {
  const busy = quotaOf(perMinute);
  busy.clock.pass(minute - 500, 0);
  busy.quota.spendNow(1);
  return busy;
}

/** The answer to who asks ahead half a second before a minute's end. */
const granted: Refill = { granted: 400, minute: 400, day: 1_400, starts: next, now: start + minute - 500 };

test("shortly before a minute ends, a share of the next is asked for once, where calls go on", () => {
  const { quota, hear } = busyQuota();
  expect(quota.isDueAhead).toBe(true);
  expect(quota.startRefill()).toMatchObject({
    ahead: next.minute,
    awaited: false,
    waiting: 0,
    surplus: 20,
  });
  expect(quota.isDueAhead).toBe(false);
  hear({ ...granted, granted: 0 });
  quota.spendNow(1);
  expect(quota.isDueAhead).toBe(false);
});

test("it is not asked for earlier, of a small limit, of a key that is not called for, or of another day", () => {
  const early = quotaOf(100_000);
  early.clock.pass(minute - 3_001, 0);
  early.quota.spendNow(1);
  expect(early.quota.isDueAhead).toBe(false);

  expect(busyQuota(19_999).quota.isDueAhead).toBe(false);

  const unused = quotaOf(100_000);
  unused.quota.spendNow(1);
  unused.clock.pass(minute - 500, 0);
  expect(unused.quota.isDueAhead).toBe(false);

  const late = quotaOf(100_000, day + 24 * 60 * minute - minute);
  late.clock.pass(minute - 500, 0);
  late.quota.spendNow(1);
  expect(late.quota.isDueAhead).toBe(false);
});

test("it is spent from when its minute has surely begun, and not before, though the share before has ended", () => {
  const { quota, clock, hear } = busyQuota();
  quota.startRefill();
  hear(granted, 30);
  expect(quota.spendNow(1)).toMatchObject({ limits: [{ remaining: 998, resetAt: new Date(start + minute) }] });
  clock.pass(480, 0);
  expect(quota.spendNow(1)).toBeUndefined();
  clock.pass(20, 0);
  expect(quota.spendNow(1)).toMatchObject({ limits: [{ remaining: 399, resetAt: new Date(start + 2 * minute) }] });
  clock.pass(minute, 0);
  expect(quota.spendNow(1)).toBeUndefined();
});

test("it has begun, too, once the database grants of its minute, and is held towards what calls need", () => {
  const { quota, clock, hear } = busyQuota();
  quota.startRefill();
  hear(granted, 30);
  clock.pass(475, 0);
  const answers: unknown[] = [];
  quota.wait({ cost: 1, fresh: false, answer: (decision) => answers.push(decision), fail: () => undefined });
  expect(quota.startRefill()).toMatchObject({ ahead: undefined, waiting: 1, held: 0 });
  hear({ granted: 1, minute: 401, day: 1_401, starts: next, now: start + minute + 5 });
  expect(answers).toMatchObject([{ admitted: true, limits: [{ remaining: 100_000 - 1 }] }]);
  expect(quota.spendNow(1)).toMatchObject({ limits: [{ remaining: 399 }] });
});

test("calls that come while it is asked for are served from the share of now", () => {
  const { quota, hear } = busyQuota();
  quota.startRefill();
  const answers: unknown[] = [];
  quota.wait({ cost: 10, fresh: false, answer: (decision) => answers.push(decision), fail: () => undefined });
  hear(granted);
  expect(answers).toMatchObject([{ admitted: true, limits: [{ remaining: 989 }] }]);
});

test("it goes back with the rest when the quota is closed, also while it is asked for", () => {
  const { quota, returned, hear } = busyQuota();
  quota.startRefill();
  hear(granted);
  quota.close();
  expect(returned).toEqual([
    { amount: 999, starts: { minute: start, day } },
    { amount: 400, starts: next },
  ]);

  const closed = busyQuota();
  closed.quota.startRefill();
  closed.quota.close();
  closed.hear(granted);
  expect(closed.returned).toContainEqual({ amount: 400, starts: next });
});

test("it lies unused no longer than what is taken beforehand may", () => {
  const { quota, clock, hear } = busyQuota();
  quota.startRefill();
  hear(granted);
  clock.pass(2_000, 0);
  expect(quota.isIdle).toBe(true);
});

test("a share ends when the latest answer tells", () => {
  const { quota, clock, hear } = quotaOf(100_000);
  const spends = () => quota.spendNow(1) !== undefined;
  // What was heard at the beginning had taken 40 ms, and what comes now takes none.
  clock.pass(1_040, 0);
  quota.startRefill();
  hear({ granted: 100, minute: 1_100, day: 1_100, starts: { minute: start, day }, now: start + 1_000 });
  clock.pass(minute - 1_001, 0);
  expect(spends()).toBe(true);
  clock.pass(1, 0);
  expect(spends()).toBe(false);
});
