import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RefillAsk } from "../../../src/domain/rate_limit/refill.js";
import { rateLimitRepo } from "../../../src/domain/rate_limit/repo.js";
import { RateLimitService } from "../../../src/domain/rate_limit/service.js";
import { ConcurrencyLimiter } from "../../../src/platform/concurrency-limiter.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import { setClockAhead } from "../../support/clock.js";
import { minuteMs } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";

test("a service asks for shares of the next minute shortly before the database's minute ends, and not before", async () => {
  await using altalune = await startTestInstance();
  const asks: RefillAsk[] = [];
  const reads = new ConcurrencyLimiter({ max: 1, queueTimeoutMs: 1_000, overloaded: () => new Error("overloaded") });
  const limits = new RateLimitService({
    db: altalune.db,
    store: {
      ...rateLimitRepo,
      refill(db, some) {
        asks.push(...some);
        return rateLimitRepo.refill(db, some);
      },
    },
    reads,
  });
  let keys = 0n;
  /** Uses a key so long before a minute's end, and tends its share. */
  const useBefore = async (leftMs: number) => {
    keys += 1n;
    const rateLimits = { perMinute: 1_000_000, perDay: undefined };
    // One of those that ask three seconds before.
    const key = { projectId: 1n, apiKeyId: keys * 2_000n - 1n, tier: "", rateLimits, slots: emptySlots() };
    await setClockAhead(altalune.db, minuteMs - ((Date.now() + leftMs) % minuteMs));
    expect((await limits.spend(key, 1, "somebody")).admitted).toBe(true);
    limits.tendShares();
    // Until what it asks for is sent.
    await pause(50);
    await limits.returnAll();
    return asks.splice(0).flatMap(({ ahead }) => (ahead === undefined ? [] : [ahead]));
  };
  expect(await useBefore(30_000)).toEqual([]);
  expect(await useBefore(2_800)).toHaveLength(1);
  expect(await useBefore(20_000)).toEqual([]);
});
