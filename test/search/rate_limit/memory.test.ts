import { expect, test } from "vitest";
import type { LimitDecision } from "../../../src/domain/rate_limit/limit-decision.js";
import type { LimitedKey } from "../../../src/domain/rate_limit/model.js";
import { QuotaCache, type RememberedKey } from "../../../src/domain/rate_limit/quota-cache.js";
import type { Unspent } from "../../../src/domain/rate_limit/refill.js";
import { readClocks, systemClocks } from "../../../src/platform/clock.js";
import { emptySlots } from "../../../src/platform/object-slot.js";

const max = 100;
const starts = {
  minute: Math.floor(Date.now() / 60_000) * 60_000,
  day: Math.floor(Date.now() / 86_400_000) * 86_400_000,
};

function newQuotas() {
  const returned: (readonly [bigint, Unspent])[] = [];
  const giveBack = (key: LimitedKey, unspent: Unspent) => void returned.push([key.apiKeyId, unspent]);
  return { quotas: new QuotaCache({ clocks: systemClocks, giveBack, max }), returned };
}

function keyOf(id: number, of: Partial<LimitedKey> = {}): RememberedKey {
  return {
    slots: emptySlots(),
    projectId: BigInt(id % 2),
    apiKeyId: BigInt(id),
    tier: "pro",
    rateLimits: { perMinute: 1_000, perDay: undefined },
    ...of,
  };
}

/** When a refill was that took no time. */
function atOnce() {
  const now = readClocks(systemClocks);
  return { askedAt: now, answeredAt: now };
}

/** Lends a key's quota 5. */
function lend(quotas: QuotaCache, key: RememberedKey) {
  const quota = quotas.open(key);
  quota.startRefill();
  quota.refilled({ granted: 5, minute: 5, day: 5, starts, now: starts.minute }, atOnce());
  return quota;
}

test("no more keys than a bound have a quota, and what the oldest had left goes back", () => {
  const { quotas, returned } = newQuotas();
  for (let id = 0; id < 10 * max; id++) {
    lend(quotas, keyOf(id));
  }
  expect(quotas.size).toBe(max);
  expect(returned).toEqual(Array.from({ length: 9 * max }, (_, id) => [BigInt(id), { amount: 5, starts }]));
  quotas.closeAll();
  expect([quotas.size, returned.length]).toEqual([0, 10 * max]);
});

test("a quota that is taken out while calls wait serves these, and then gives the rest back", () => {
  const { quotas, returned } = newQuotas();
  const quota = lend(quotas, keyOf(1));
  const answers: boolean[] = [];
  quota.wait({ cost: 7, fresh: false, answer: ({ admitted }) => answers.push(admitted), fail: () => undefined });
  quotas.closeAll();
  expect(returned).toEqual([]);
  expect(quota.startRefill()).toMatchObject({ waiting: 7, held: 5, surplus: 0 });
  quota.refilled({ granted: 4, minute: 9, day: 9, starts, now: starts.minute }, atOnce());
  expect(answers).toEqual([true]);
  expect(returned).toEqual([[1n, { amount: 2, starts }]]);
});

test("the last of a share is not spent without the database, which alone can say that more is left", () => {
  const { quotas } = newQuotas();
  const quota = lend(quotas, keyOf(1));
  quota.spendNow(4);
  quota.startRefill();
  const answers: LimitDecision[] = [];
  quota.wait({ cost: 1, fresh: false, answer: (decision) => answers.push(decision), fail: () => undefined });
  const nothing = { granted: 0, minute: 5, day: 5, starts, now: starts.minute };
  quota.refilled(nothing, atOnce());
  expect(answers).toEqual([]);
  quota.startRefill();
  quota.refilled(nothing, atOnce());
  expect(answers).toMatchObject([{ admitted: true, limits: [{ window: "minute", remaining: 995 }] }]);
});

test("other limits close a quota and open another", () => {
  const { quotas, returned } = newQuotas();
  const quota = lend(quotas, keyOf(1));
  expect(quotas.find(keyOf(1))).toBe(quota);
  expect(quotas.find(keyOf(1, { rateLimits: { perMinute: 999, perDay: undefined } }))).toBeUndefined();
  expect(quotas.open(keyOf(1, { rateLimits: { perMinute: 999, perDay: undefined } }))).not.toBe(quota);
  expect(returned).toEqual([[1n, { amount: 5, starts }]]);
  expect(quota.spendNow(1)).toBeUndefined();
});

test.each([
  ["a key's", { kind: "api_key", id: 3n } as const, [3n]],
  ["a project's", { kind: "project", id: 1n } as const, [1n, 3n]],
  ["a tier's", { kind: "tier", name: "pro" } as const, [0n, 1n, 2n, 3n]],
])("%s change closes the quotas that it touches, and no others", (_, subject, closed) => {
  const { quotas, returned } = newQuotas();
  for (let id = 0; id < 4; id++) {
    lend(quotas, keyOf(id));
  }
  lend(quotas, keyOf(4, { tier: "other", projectId: 7n }));
  quotas.close(subject);
  expect(new Set(returned.map(([id]) => id))).toEqual(new Set(closed));
});
