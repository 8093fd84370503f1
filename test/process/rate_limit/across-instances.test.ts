import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RateLimitWindow } from "../../../gen/altalune/v1/verification_pb.js";
import { burst, inTurn } from "../../rules/rate_limit/burst.js";
import { grantedOf } from "../../rules/rate_limit/granted.js";
import { setClockAhead, stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";

const { MINUTE, DAY } = RateLimitWindow;
/** A window must not end between two calls, but where a test ends it. */
const noon = new Date(`${new Date().toISOString().slice(0, 10)}T12:30:15.000Z`);

let first: TestInstance;
let second: TestInstance;
let third: TestInstance;
let all: readonly TestInstance[];
let projectId: string;
beforeAll(async () => {
  first = await startTestInstance();
  second = await startTestInstance({ beside: first });
  third = await startTestInstance({ beside: first });
  all = [first, second, third];
  projectId = await newProject(first.clients, { allowNeverExpires: true });
  await stopClockAt(first.db, noon);
});
afterAll(async () => {
  await third.stop();
  await second.stop();
  await first.stop();
});

const keyWith = (rateLimits: { perMinute?: number; perDay?: number } | undefined, tier = "") =>
  newApiKey(first.clients, projectId, { neverExpires: true, rateLimits, tier });

describe("a key of the tier free", () => {
  test("is admitted 25 times of 200 at once on three instances, and not once more", async () => {
    const { value } = await keyWith(undefined, "free");
    expect(await burst(all, value, 200)).toMatchObject({ admitted: 25, limited: 175 });
    expect(await inTurn(all, value, 30)).toMatchObject({ admitted: 0, limited: 30 });
  });

  test("is admitted the next 25 times from midnight UTC on", async () => {
    await stopClockAt(first.db, new Date("2031-05-06T23:59:59.000Z"));
    const { value } = await keyWith(undefined, "free");
    const before = await burst(all, value, 200);
    await stopClockAt(first.db, new Date("2031-05-07T00:00:00.000Z"));
    const after = await burst(all, value, 200);
    await stopClockAt(first.db, noon);
    expect(before.byReset).toEqual({ "2031-05-07T00:00:00.000Z": 25 });
    expect(after.byReset).toEqual({ "2031-05-08T00:00:00.000Z": 25 });
  });

  test("takes three of four calls of cost 7, and four of cost 1 wherever they come", async () => {
    const { value } = await keyWith(undefined, "free");
    expect(await inTurn(all, value, 4, 7)).toMatchObject({ admitted: 3, limited: 1 });
    expect(await inTurn(all, value, 5)).toMatchObject({ admitted: 4, limited: 1 });
  });
});

describe("100 a minute and 1000 a day together", () => {
  const standingOf = async (key: string) => {
    const { rateLimits } = await second.clients.verification.verifyApiKey({ key, cost: 0 });
    return rateLimits.map(({ window, remaining }) => [window, remaining]);
  };
  const idle = { timeout: 5_000 };

  test("admit a minute's calls, and cost the day no more than those", async () => {
    const { value } = await keyWith(undefined, "pro");
    expect(await burst(all, value, 300)).toMatchObject({ admitted: 100, limited: 200 });
    await expect
      .poll(() => standingOf(value), idle)
      .toEqual([
        [MINUTE, 0],
        [DAY, 900],
      ]);
  });

  test("cost the minute nothing when the day refuses", async () => {
    const { value } = await keyWith({ perMinute: 100, perDay: 60 });
    expect(await burst(all, value, 150)).toMatchObject({ admitted: 60, limited: 90 });
    await expect
      .poll(() => standingOf(value), idle)
      .toEqual([
        [MINUTE, 40],
        [DAY, 0],
      ]);
  });

  test("leave the day what a minute's share did not spend", async () => {
    const { id, value } = await keyWith({ perMinute: 2_000, perDay: 5_000 });
    await inTurn([first], value, 300);
    await stopClockAt(first.db, new Date(noon.getTime() + 60_000));
    await inTurn([first], value, 10);
    await expect.poll(async () => (await grantedOf(first, id)).day, idle).toBe(310);
    await stopClockAt(first.db, noon);
  });
});

test("the last of a limit goes to whoever asks: nothing stays with an instance that does not need it", async () => {
  const { value } = await keyWith({ perMinute: 1_000 });
  const used = await burst([first], value, 400);
  await inTurn([first], value, 100);
  expect(used.admitted).toBe(400);
  await expect
    .poll(async () => (await first.clients.verification.verifyApiKey({ key: value, cost: 0 })).rateLimits[0]?.remaining)
    .toBe(500);
  await expect.poll(() => sharesOf(all), { timeout: 5_000 }).toBe(0);
  expect(await burst([second, third], value, 700)).toMatchObject({ admitted: 500, limited: 200 });
});

test("an instance that stops returns its share: the others admit all that is left", async () => {
  const leaving = await startTestInstance({ beside: first });
  const { id, value } = await keyWith({ perMinute: 2_000 });
  const { admitted } = await inTurn([leaving], value, 300);
  await leaving.stop();
  expect(await grantedOf(first, id)).toMatchObject({ minute: admitted });
  expect(await burst([first, second], value, 2_000)).toMatchObject({ admitted: 2_000 - admitted });
});

describe("a limit that is changed", () => {
  test("to less than is spent refuses the next call everywhere, and to more admits it", async () => {
    const name = "changing";
    await first.clients.tiers.upsertTier({ tier: { name, rateLimits: { perDay: 10_000 } } });
    const { value } = await keyWith(undefined, name);
    expect(await burst(all, value, 600)).toMatchObject({ admitted: 600 });
    for (const changer of all) {
      await changer.clients.tiers.upsertTier({ tier: { name, rateLimits: { perDay: 500 } } });
      expect(await inTurn(all, value, 6)).toMatchObject({ admitted: 0, limited: 6 });
      await changer.clients.tiers.upsertTier({ tier: { name, rateLimits: { perDay: 10_000 } } });
      expect(await inTurn(all, value, 60)).toMatchObject({ admitted: 60 });
    }
  });

  test("by the key's own is in force as soon as the update has returned, under load too", async () => {
    const { id: apiKeyId, value } = await keyWith({ perDay: 20_000 });
    let isOver = false;
    const load = all.map(async (instance) => {
      while (!isOver) {
        await burst([instance], value, 20);
      }
    });
    for (let round = 0; round < 5; round++) {
      await second.clients.apiKeys.updateApiKey({ projectId, apiKeyId, rateLimits: { perDay: 1 } });
      expect(await inTurn(all, value, 9)).toMatchObject({ admitted: 0, limited: 9 });
      await third.clients.apiKeys.updateApiKey({ projectId, apiKeyId, rateLimits: { perDay: 1_000_000 } });
      expect(await inTurn(all, value, 9)).toMatchObject({ admitted: 9 });
    }
    isOver = true;
    await Promise.all(load);
  });
});

test("a clock that jumps ahead by hours ends what was granted before", async () => {
  const { value } = await keyWith({ perDay: 30 });
  expect(await burst(all, value, 40)).toMatchObject({ admitted: 30 });
  await setClockAhead(first.db, 36 * 60 * 60_000);
  expect(await burst(all, value, 40)).toMatchObject({ admitted: 30 });
  await stopClockAt(first.db, noon);
});

/** Keys in use on all instances. */
async function sharesOf(instances: readonly TestInstance[]): Promise<number> {
  const counts = await Promise.all(
    instances.map(async (instance) => {
      const text = await metricsOf(instance);
      return Number(/^altalune_limit_accounts (\d+)$/m.exec(text)?.[1]);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
