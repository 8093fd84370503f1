import { expect, test } from "vitest";
import { QuotaCache } from "../../../src/domain/rate_limit/quota-cache.js";
import type { Unspent } from "../../../src/domain/rate_limit/refill.js";
import type { Clocks } from "../../../src/platform/clock.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import { ModelClock } from "../../search/rate_limit/model-fleet.js";
import { minuteMs } from "../../support/fixtures.js";

const start = Date.UTC(2026, 0, 1, 12);
const startsAt = { minute: start, day: Date.UTC(2026, 0, 1) };
const perMinute = 1_000_000;
const tickMs = 250;

/** A cache of as many keys, each of which was granted this much at a minute's beginning and used once. */
function cacheOf(keys: number, granted: number, max?: number) {
  const clock = new ModelClock(start);
  let looks = 0;
  const clocks: Clocks = {
    monotonic() {
      looks += 1;
      return clock.monotonic();
    },
    wall: () => clock.wall(),
  };
  const returned: Unspent[] = [];
  const cache = new QuotaCache({ clocks, giveBack: (_key, unspent) => returned.push(unspent), ...(max && { max }) });
  const keyOf = (id: number) => ({
    slots: emptySlots(),
    projectId: 1n,
    apiKeyId: BigInt(id),
    tier: "",
    rateLimits: { perMinute, perDay: undefined },
  });
  const addKeys = (from: number, to: number, granted: number) => {
    for (let id = from; id < to; id++) {
      const quota = cache.open(keyOf(id));
      quota.startRefill();
      const at = { monotonic: clock.monotonic(), wall: clock.wall() };
      quota.refilled(
        { granted, minute: granted, day: granted, starts: startsAt, now: start },
        { askedAt: at, answeredAt: at },
      );
      quota.spendNow(1);
    }
  };
  addKeys(0, keys, granted);
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += tickMs) {
      clock.pass(tickMs, 0);
      cache.closeIdle();
    }
  };
  /** How often the clock is read by one look at what is idle or due. */
  const looksOfTick = () => {
    looks = 0;
    cache.closeIdle();
    cache.dueAhead();
    return looks;
  };
  return { cache, clock, keyOf, addKeys, returned, pass, looksOfTick };
}

test("what is more than may lie unused goes back soon, and what may lie stays", () => {
  const { cache, addKeys, returned, pass } = cacheOf(5, 200);
  pass(2_000);
  addKeys(5, 8, 202);
  pass(tickMs);
  expect(cache.size).toBe(5);
  expect(returned.map(({ amount }) => amount)).toEqual([201, 201, 201]);
});

test("thousands that rest are looked at a part at a time, and are there when they are used again", () => {
  const { cache, clock, keyOf, pass, looksOfTick } = cacheOf(5_000, 200);
  expect(looksOfTick()).toBeGreaterThan(5_000);
  pass(2_000);
  expect(cache.size).toBe(5_000);
  for (let i = 0; i < 100; i++) {
    clock.pass(tickMs, 0);
    expect(looksOfTick()).toBeLessThan(3_000);
  }
  const quota = cache.find(keyOf(7));
  expect(quota?.spendNow(1)?.admitted).toBe(true);
  clock.pass(minuteMs - 1_000 - (clock.wall() % minuteMs), 0);
  expect(quota?.spendNow(1)?.admitted).toBe(true);
  expect(cache.dueAhead()).toEqual([quota]);
});

test("those that rest are forgotten some seconds after their minute has ended, and only those", () => {
  const { cache, clock, keyOf, pass } = cacheOf(5_000, 200);
  pass(2_000);
  clock.pass(minuteMs, 0);
  const used = cache.open(keyOf(7));
  used.startRefill();
  const at = { monotonic: clock.monotonic(), wall: clock.wall() };
  const starts = { minute: start + minuteMs, day: startsAt.day };
  used.refilled({ granted: 200, minute: 200, day: 400, starts, now: clock.wall() }, { askedAt: at, answeredAt: at });
  pass(15_000);
  expect(cache.size).toBe(1);
  expect(cache.find(keyOf(7))).toBe(used);
});

test("one remembered key finds its quota as long as that is open, and the next one then", () => {
  const { cache, keyOf, pass, returned } = cacheOf(0, 0);
  const key = keyOf(1);
  const first = cache.open(key);
  expect(cache.find(key)).toBe(first);
  expect(cache.find(keyOf(1))).toBe(first);
  cache.close({ kind: "api_key", id: 1n });
  expect(cache.find(key)).toBeUndefined();
  const second = cache.open(keyOf(1));
  expect(second).not.toBe(first);
  expect(cache.find(key)).toBe(second);
  const other = { ...keyOf(1), rateLimits: { perMinute: 7, perDay: undefined } };
  cache.open(other);
  expect(cache.find(key)).toBeUndefined();
  pass(1_000);
  expect(cache.find(other)).toBeUndefined();
  expect([cache.size, returned]).toEqual([0, []]);
});

test("of more keys than have room, those that are in use keep their quotas", () => {
  const { cache, keyOf, addKeys, pass } = cacheOf(1, 200, 100);
  const key = keyOf(0);
  const used = cache.find(key);
  for (let from = 1; from < 1_000; from += 30) {
    addKeys(from, from + 30, 200);
    expect(cache.find(key)).toBe(used);
    used?.spendNow(1);
    cache.noteSpent(key);
    pass(tickMs);
  }
  expect([cache.size, cache.find(keyOf(1))]).toEqual([100, undefined]);
});

test("calls that are refused keep no share from going back", () => {
  const { cache, keyOf, pass, returned } = cacheOf(1, 202);
  const key = keyOf(0);
  for (let call = 0; call < 4; call++) {
    expect(cache.find(key)?.spendNow(1_000)).toBeUndefined();
    pass(tickMs);
  }
  expect(returned.map(({ amount }) => amount)).toEqual([201]);
});
