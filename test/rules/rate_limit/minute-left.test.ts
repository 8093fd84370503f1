import { expect, test } from "vitest";
import { LocalQuota } from "../../../src/domain/rate_limit/local-quota.js";
import { RefillQueue } from "../../../src/domain/rate_limit/refill-queue.js";
import { ModelClock } from "../../search/rate_limit/model-fleet.js";
import { minuteMs } from "../../support/fixtures.js";

const start = Date.UTC(2026, 0, 1, 12);

test("how long the database's minute still lasts is what its last answer told, less what has passed", async () => {
  const clock = new ModelClock(start);
  let now = start + 15_000;
  const refills = new RefillQueue({
    refill: async (asks) => {
      const starts = { minute: start, day: Date.UTC(2026, 0, 1) };
      return new Map(asks.map(({ apiKeyId }) => [apiKeyId, { granted: 1, minute: 1, day: 1, starts, now }]));
    },
    clocks: clock,
    maxStatements: 1,
  });
  const ask = async () => {
    const rateLimits = { perMinute: 1_000, perDay: undefined };
    const key = { projectId: 1n, apiKeyId: 1n, tier: "", rateLimits };
    refills.want(new LocalQuota(key, clock, () => undefined), true, "somebody");
    await refills.settle();
  };
  expect(refills.minuteLeftMs).toBe(0);
  await ask();
  expect(refills.minuteLeftMs).toBe(45_000);
  clock.pass(44_000, 0);
  expect(refills.minuteLeftMs).toBe(1_000);
  clock.pass(200, 600);
  expect(refills.minuteLeftMs).toBe(200);
  clock.pass(2_000, 0);
  expect(refills.minuteLeftMs).toBe(0);
  // The database's clock was set.
  now += 10 * minuteMs + 20_000;
  await ask();
  expect(refills.minuteLeftMs).toBe(25_000);
});
