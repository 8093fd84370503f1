import { describe, expect } from "vitest";
import { RateLimitWindow, VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { verdictOf } from "../../support/verdict.js";

const { MINUTE, DAY } = RateLimitWindow;

interface Limits {
  readonly perMinute?: number;
  readonly perDay?: number;
}
type Window = readonly [RateLimitWindow, number];

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});

/** The limits that hold for a key. */
async function limitsOf(key: string): Promise<Window[]> {
  const { rateLimits } = await verdictOf(altalune.clients, key, { cost: 0 });
  return rateLimits.map(({ window, limit }) => [window, limit] as const);
}

const cases: readonly (readonly [what: string, tier: string, own: Limits | undefined, expected: readonly Window[]])[] =
  [
    ["no tier and no limits of its own has none", "", undefined, []],
    ["the tier free has its day", "free", undefined, [[DAY, 25]]],
    [
      "the tier pro has its minute and its day",
      "pro",
      undefined,
      [
        [MINUTE, 100],
        [DAY, 1000],
      ],
    ],
    ["the tier enterprise has none", "enterprise", undefined, []],
    [
      "limits of its own and no tier has those",
      "",
      { perMinute: 7, perDay: 8 },
      [
        [MINUTE, 7],
        [DAY, 8],
      ],
    ],
    [
      "a minute of its own keeps its tier's day",
      "pro",
      { perMinute: 7 },
      [
        [MINUTE, 7],
        [DAY, 1000],
      ],
    ],
    [
      "a day of its own keeps its tier's minute",
      "pro",
      { perDay: 8 },
      [
        [MINUTE, 100],
        [DAY, 8],
      ],
    ],
    [
      "both of its own has nothing of its tier's",
      "pro",
      { perMinute: 7, perDay: 8 },
      [
        [MINUTE, 7],
        [DAY, 8],
      ],
    ],
    ["0 a day is unlimited by the day, whatever its tier says", "pro", { perDay: 0 }, [[MINUTE, 100]]],
    ["0 a minute is unlimited by the minute", "pro", { perMinute: 0 }, [[DAY, 1000]]],
    ["0 of both is unlimited", "pro", { perMinute: 0, perDay: 0 }, []],
    ["empty limits of its own inherits all", "free", {}, [[DAY, 25]]],
    [
      "a minute of its own and a tier without one has both",
      "free",
      { perMinute: 7 },
      [
        [MINUTE, 7],
        [DAY, 25],
      ],
    ],
  ];

describe("a key with", () => {
  test.each(cases)("%s", async (_what, tier, rateLimits, expected) => {
    const { value } = await newApiKey(altalune.clients, projectId, { tier, rateLimits });
    expect(await limitsOf(value)).toEqual(expected);
  });
});

describe("limits that are changed hold from the next call on:", () => {
  test("another tier's", async () => {
    const key = await newApiKey(altalune.clients, projectId, { tier: "free" });
    await verdictOf(altalune.clients, key.value, { cost: 25 });
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, tier: "pro" });
    const { code, rateLimits } = await verdictOf(altalune.clients, key.value);
    expect(code).toBe(VerificationCode.VALID);
    expect(rateLimits).toMatchObject([
      { window: MINUTE, limit: 100 },
      { window: DAY, limit: 1000, remaining: 974 },
    ]);
  });

  test("lower ones, below what is spent, leave nothing and deny", async () => {
    const key = await newApiKey(altalune.clients, projectId, { rateLimits: { perDay: 10 } });
    await verdictOf(altalune.clients, key.value, { cost: 6 });
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, rateLimits: { perDay: 5 } });
    const { code, rateLimits } = await verdictOf(altalune.clients, key.value);
    expect(code).toBe(VerificationCode.RATE_LIMITED);
    expect(rateLimits).toMatchObject([{ window: DAY, limit: 5, remaining: 0 }]);
  });

  test("none of its own any more: its tier's", async () => {
    const key = await newApiKey(altalune.clients, projectId, { tier: "free", rateLimits: { perDay: 0 } });
    const updateMask = { paths: ["rate_limits"] };
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, updateMask });
    expect(await limitsOf(key.value)).toEqual([[DAY, 25]]);
  });
});

test("a rotation does not fill up a limit: both values spend from one", async () => {
  const key = await newApiKey(altalune.clients, projectId, { rateLimits: { perDay: 3 } });
  await verdictOf(altalune.clients, key.value, { cost: 2 });
  const gracePeriod = { seconds: 3600n };
  const { keyValue } = await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: key.id, gracePeriod });
  expect(await verdictOf(altalune.clients, keyValue)).toMatchObject({ valid: true });
  for (const value of [key.value, keyValue]) {
    expect(await verdictOf(altalune.clients, value)).toMatchObject({ code: VerificationCode.RATE_LIMITED });
  }
});
