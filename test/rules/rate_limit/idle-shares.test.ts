import { expect, test } from "vitest";
import { LocalQuota } from "../../../src/domain/rate_limit/local-quota.js";
import type { Unspent } from "../../../src/domain/rate_limit/refill.js";
import { ModelClock } from "../../search/rate_limit/model-fleet.js";

const minute = 60_000;
const start = Date.UTC(2026, 0, 1, 12);
const startsAt = { minute: start, day: Date.UTC(2026, 0, 1) };

/** A quota that was granted this much at a minute's beginning, and what it gives back. */
function quotaWith(granted: number, rateLimits: { perMinute?: number; perDay?: number }) {
  const clock = new ModelClock(start);
  const returned: Unspent[] = [];
  const limits = { perMinute: rateLimits.perMinute, perDay: rateLimits.perDay };
  const key = { projectId: 1n, apiKeyId: 1n, tier: "", rateLimits: limits };
  const quota = new LocalQuota(key, clock, (unspent) => returned.push(unspent));
  const wanted = quota.startRefill().surplus;
  const askedAt = { monotonic: clock.monotonic(), wall: clock.wall() };
  quota.refilled(
    { granted, minute: granted, day: granted, starts: startsAt, now: start },
    { askedAt, answeredAt: askedAt },
  );
  clock.pass(300, 0);
  return { quota, clock, returned, wanted };
}

test.each([
  [19_999, 0],
  [20_000, 4],
  [1_000_000, 200],
  [1_000_000_000, 256],
])("of a limit of %i, %i are taken beforehand", (perMinute, wanted) => {
  expect(quotaWith(0, { perMinute }).wanted).toBe(wanted);
});

test("a share lies unused until its minute ends where it is no more than is taken beforehand, and not where it is more or nothing", () => {
  const { quota, clock } = quotaWith(200, { perMinute: 1_000_000 });
  expect(quota.isIdle).toBe(false);
  clock.pass(minute, 0);
  expect(quota.isIdle).toBe(true);
  expect(quotaWith(201, { perMinute: 1_000_000 }).quota.isIdle).toBe(true);
  expect(quotaWith(0, { perMinute: 1_000_000 }).quota.isIdle).toBe(true);
});

test("what is left of a minute that is over goes back where it still counts for a day, and nowhere else", () => {
  for (const [rateLimits, expected] of [
    [{ perMinute: 1_000_000, perDay: 1_000_000 }, [100]],
    [{ perMinute: 1_000_000 }, []],
  ] as const) {
    const { quota, clock, returned } = quotaWith(100, rateLimits);
    clock.pass(minute, 0);
    quota.close();
    expect(returned.map(({ amount }) => amount)).toEqual(expected);
  }
  const { quota, returned } = quotaWith(100, { perMinute: 1_000_000 });
  quota.close();
  expect(returned.map(({ amount }) => amount)).toEqual([100]);
});

test("what is asked for follows what is spent: four times as much at once, and no more than lasts for a while or was spent lately", () => {
  const spendAll = (elapsedMs: number) => {
    const { quota, clock } = quotaWith(101, { perMinute: 100_000 });
    quota.startRefill();
    const askedAt = { monotonic: clock.monotonic(), wall: clock.wall() };
    quota.refilled(
      { granted: 0, minute: 101, day: 101, starts: startsAt, now: start },
      { askedAt, answeredAt: askedAt },
    );
    clock.pass(elapsedMs, 0);
    for (let i = 0; i < 100; i++) {
      expect(quota.spendNow(1)).toBeDefined();
    }
    return quota.startRefill().surplus + 1;
  };
  expect([1, 50, 100, 400].map(spendAll)).toEqual([400, 400, 200, 100]);
});

test("of a small limit no more is wanted than was spent in the last 100 ms", () => {
  const { quota } = quotaWith(11, { perMinute: 19_999 });
  quota.spendNow(1);
  expect(quota.startRefill()).toMatchObject({ held: 10, surplus: 0 });
  const { quota: empty } = quotaWith(3, { perMinute: 19_999 });
  empty.spendNow(1);
  empty.spendNow(1);
  expect(empty.startRefill()).toMatchObject({ held: 1, surplus: 1 });
});
