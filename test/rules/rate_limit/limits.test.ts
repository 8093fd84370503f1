import { durationMs, timestampDate } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RateLimitWindow, VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { codeOf, verdictOf } from "../../support/verdict.js";

const { VALID, RATE_LIMITED } = VerificationCode;
const { MINUTE, DAY } = RateLimitWindow;

/** Half past noon of today, a quarter into the minute: both windows have room before and after it. */
const now = new Date(`${new Date().toISOString().slice(0, 10)}T12:30:15.000Z`);
const nextMinute = new Date(now.getTime() + 45_000);
const nextDay = new Date(now.getTime() + 41_385_000);

let altalune: TestInstance;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients, { allowNeverExpires: true });
  await stopClockAt(altalune.db, now);
});
afterAll(() => altalune.stop());

interface Limits {
  readonly perMinute?: number;
  readonly perDay?: number;
}

async function keyWith(rateLimits: Limits | undefined, tier = ""): Promise<string> {
  const { value } = await newApiKey(altalune.clients, projectId, {
    neverExpires: true,
    scopes: ["orders:read"],
    tier,
    rateLimits,
  });
  return value;
}

/** Spends these costs one after the other, and returns the codes. */
async function spend(key: string, ...costs: number[]) {
  const codes: VerificationCode[] = [];
  for (const cost of costs) {
    codes.push(await codeOf(altalune.clients, key, { cost }));
  }
  return codes;
}

/** Where a key stands, without spending: what is left in each window that limits it. */
async function leftOf(key: string): Promise<(readonly [RateLimitWindow, number, number])[]> {
  const { rateLimits } = await verdictOf(altalune.clients, key, { cost: 0 });
  return rateLimits.map(({ window, limit, remaining }) => [window, limit, remaining] as const);
}

describe("a key of the tier free", () => {
  test("is VALID 25 times a day, and then RATE_LIMITED until the day ends", async () => {
    const key = await keyWith(undefined, "free");
    for (let left = 24; left >= 0; left--) {
      const verdict = await verdictOf(altalune.clients, key);
      expect(verdict).toMatchObject({ valid: true, code: VALID });
      expect(verdict.rateLimits).toMatchObject([{ window: DAY, limit: 25, remaining: left }]);
    }
    const { rateLimits, retryAfter, ...denied } = await verdictOf(altalune.clients, key);
    expect(denied).toMatchObject({ valid: false, code: RATE_LIMITED, tier: "free" });
    expect(rateLimits).toMatchObject([{ window: DAY, limit: 25, remaining: 0 }]);
    expect(rateLimits.map(({ resetAt }) => resetAt && timestampDate(resetAt))).toEqual([nextDay]);
    expect(retryAfter && durationMs(retryAfter)).toBe(nextDay.getTime() - now.getTime());
  });

  test("admits what still fits: three calls of cost 7, then four of cost 1", async () => {
    const key = await keyWith(undefined, "free");
    expect(await spend(key, 7, 7, 7, 7)).toEqual([VALID, VALID, VALID, RATE_LIMITED]);
    expect(await spend(key, 1, 1, 1, 1, 1)).toEqual([VALID, VALID, VALID, VALID, RATE_LIMITED]);
  });

  test("has a limit of its own: another key's calls do not count", async () => {
    const [first, second] = [await keyWith(undefined, "free"), await keyWith(undefined, "free")];
    await spend(first, 25);
    expect(await spend(first, 1)).toEqual([RATE_LIMITED]);
    expect(await leftOf(second)).toEqual([[DAY, 25, 25]]);
  });
});

describe("a cost", () => {
  test("of 0 spends nothing and is always answered", async () => {
    const key = await keyWith({ perDay: 2 });
    expect(await spend(key, 0, 0, 0)).toEqual([VALID, VALID, VALID]);
    expect(await leftOf(key)).toEqual([[DAY, 2, 2]]);
    expect(await spend(key, 2, 0, 1)).toEqual([VALID, VALID, RATE_LIMITED]);
  });

  test("that is unset is 1", async () => {
    const key = await keyWith({ perDay: 2 });
    await verdictOf(altalune.clients, key);
    expect(await leftOf(key)).toEqual([[DAY, 2, 1]]);
  });

  test("as large as the limit fits once", async () => {
    const key = await keyWith({ perDay: 4_294_967_295 });
    expect(await spend(key, 4_294_967_295, 1)).toEqual([VALID, RATE_LIMITED]);
  });

  test("above the limit is RATE_LIMITED, spends nothing, and no wait helps", async () => {
    const key = await keyWith({ perDay: 5 });
    const verdict = await verdictOf(altalune.clients, key, { cost: 6 });
    expect(verdict.code).toBe(RATE_LIMITED);
    expect(verdict.retryAfter).toBeUndefined();
    expect(await leftOf(key)).toEqual([[DAY, 5, 5]]);
  });
});

describe("both windows are spent from together or not at all:", () => {
  test("a call that the day denies costs the minute nothing", async () => {
    const key = await keyWith({ perMinute: 10, perDay: 3 });
    expect(await spend(key, 3, 1, 1)).toEqual([VALID, RATE_LIMITED, RATE_LIMITED]);
    expect(await leftOf(key)).toEqual([
      [MINUTE, 10, 7],
      [DAY, 3, 0],
    ]);
  });

  test("a call that the minute denies costs the day nothing, and can be retried in the next minute", async () => {
    const key = await keyWith({ perMinute: 3, perDay: 10 });
    expect(await spend(key, 3, 1)).toEqual([VALID, RATE_LIMITED]);
    expect(await leftOf(key)).toEqual([
      [MINUTE, 3, 0],
      [DAY, 10, 7],
    ]);
    const { retryAfter } = await verdictOf(altalune.clients, key);
    expect(retryAfter && durationMs(retryAfter)).toBe(nextMinute.getTime() - now.getTime());
  });

  test("a call that both deny can be retried on the next day", async () => {
    const key = await keyWith({ perMinute: 3, perDay: 3 });
    expect(await spend(key, 3)).toEqual([VALID]);
    const { rateLimits, retryAfter } = await verdictOf(altalune.clients, key);
    expect(rateLimits.map(({ resetAt }) => resetAt && timestampDate(resetAt))).toEqual([nextMinute, nextDay]);
    expect(retryAfter && durationMs(retryAfter)).toBe(nextDay.getTime() - now.getTime());
  });
});

test("a call that is denied for another reason costs nothing", async () => {
  const key = await keyWith({ perMinute: 5, perDay: 5 });
  await verdictOf(altalune.clients, key, { requiredScopes: ["orders:write"] });
  const elsewhere = await newProject(altalune.clients);
  await verdictOf(altalune.clients, key, { projectId: elsewhere });
  expect(await leftOf(key)).toEqual([
    [MINUTE, 5, 5],
    [DAY, 5, 5],
  ]);
});
