import { expect, test } from "vitest";
import { Accounts } from "../../../src/domain/rate_limit/accounts.js";
import type { LimitedKey } from "../../../src/domain/rate_limit/model.js";
import type { Unspent } from "../../../src/domain/rate_limit/refill.js";
import { readClocks, systemClocks } from "../../../src/platform/clock.js";

const max = 100;
const starts = {
  minute: Math.floor(Date.now() / 60_000) * 60_000,
  day: Math.floor(Date.now() / 86_400_000) * 86_400_000,
};

function newAccounts() {
  const returned: (readonly [bigint, Unspent])[] = [];
  const giveBack = (key: LimitedKey, unspent: Unspent) => void returned.push([key.apiKeyId, unspent]);
  return { accounts: new Accounts({ clocks: systemClocks, giveBack, max }), returned };
}

function keyOf(id: number, of: Partial<LimitedKey> = {}): LimitedKey {
  return {
    projectId: BigInt(id % 2),
    apiKeyId: BigInt(id),
    tier: "pro",
    rateLimits: { perMinute: 1_000, perDay: undefined },
    ...of,
  };
}

/** Lends a key's account 5. */
function lend(accounts: Accounts, key: LimitedKey) {
  const account = accounts.open(key);
  account.ask();
  account.refilled({ granted: 5, minute: 5, day: 5, starts, now: starts.minute }, readClocks(systemClocks));
  return account;
}

test("no more keys than a bound have an account, and what the oldest had left goes back", () => {
  const { accounts, returned } = newAccounts();
  for (let id = 0; id < 10 * max; id++) {
    lend(accounts, keyOf(id));
  }
  expect(accounts.size).toBe(max);
  expect(returned).toEqual(Array.from({ length: 9 * max }, (_, id) => [BigInt(id), { amount: 5, starts }]));
  accounts.closeAll();
  expect([accounts.size, returned.length]).toEqual([0, 10 * max]);
});

test("an account that is taken out while calls wait serves these, and then gives the rest back", () => {
  const { accounts, returned } = newAccounts();
  const account = lend(accounts, keyOf(1));
  const answers: boolean[] = [];
  account.wait({ cost: 7, fresh: false, answer: ({ admitted }) => answers.push(admitted), fail: () => undefined });
  accounts.closeAll();
  expect(returned).toEqual([]);
  expect(account.ask()).toMatchObject({ waiting: 7, held: 5, surplus: 0 });
  account.refilled({ granted: 4, minute: 9, day: 9, starts, now: starts.minute }, readClocks(systemClocks));
  expect(answers).toEqual([true]);
  expect(returned).toEqual([[1n, { amount: 2, starts }]]);
});

test("other limits close an account and open another", () => {
  const { accounts, returned } = newAccounts();
  const account = lend(accounts, keyOf(1));
  expect(accounts.find(keyOf(1))).toBe(account);
  expect(accounts.find(keyOf(1, { rateLimits: { perMinute: 999, perDay: undefined } }))).toBeUndefined();
  expect(accounts.open(keyOf(1, { rateLimits: { perMinute: 999, perDay: undefined } }))).not.toBe(account);
  expect(returned).toEqual([[1n, { amount: 5, starts }]]);
  expect(account.spendNow(1)).toBeUndefined();
});

test.each([
  ["a key's", { kind: "api_key", id: 3n } as const, [3n]],
  ["a project's", { kind: "project", id: 1n } as const, [1n, 3n]],
  ["a tier's", { kind: "tier", name: "pro" } as const, [0n, 1n, 2n, 3n]],
])("%s change closes the accounts that it touches, and no others", (_, subject, closed) => {
  const { accounts, returned } = newAccounts();
  for (let id = 0; id < 4; id++) {
    lend(accounts, keyOf(id));
  }
  lend(accounts, keyOf(4, { tier: "other", projectId: 7n }));
  accounts.close(subject);
  expect(new Set(returned.map(([id]) => id))).toEqual(new Set(closed));
});
