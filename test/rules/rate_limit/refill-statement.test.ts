import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { apiKeyRepo } from "../../../src/domain/api_key/repo.js";
import type { Refill, RefillAsk } from "../../../src/domain/rate_limit/refill.js";
import { rateLimitRepo } from "../../../src/domain/rate_limit/repo.js";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { askOf } from "./asks.js";

const at = new Date("2031-05-06T10:20:15.000Z");
const starts = { minute: Date.parse("2031-05-06T10:20:00.000Z"), day: Date.parse("2031-05-06T00:00:00.000Z") };

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
});
afterAll(() => altalune.stop());
beforeEach(() => stopClockAt(altalune.db, at));

let keys = 0n;
function newKey(): bigint {
  keys += 1n;
  return keys;
}

async function refill(wanted: Partial<RefillAsk>): Promise<Refill | undefined> {
  const ask = askOf(wanted);
  return (await rateLimitRepo.refill(altalune.db, [ask])).get(ask.apiKeyId);
}

describe("of what is left in a window", () => {
  test("the waiting calls get all they need, and the surplus a twentieth of what is beyond the part that is kept", async () => {
    const apiKeyId = newKey();
    const ask = { apiKeyId, perMinute: 1_000, waiting: 100, surplus: 500 };
    expect(await refill(ask)).toEqual({ granted: 142, minute: 142, day: 142, starts, now: at.getTime() });
    expect(await refill({ ...ask, waiting: 0, surplus: 7 })).toMatchObject({ granted: 7, minute: 149 });
    expect(await refill({ ...ask, waiting: 800 })).toMatchObject({ granted: 800, minute: 949 });
    expect(await refill({ ...ask, waiting: 0 })).toMatchObject({ granted: 0, minute: 949 });
  });

  test("10 are kept of a small limit, so that it is granted call by call", async () => {
    expect(await refill({ apiKeyId: newKey(), perDay: 25, waiting: 1, surplus: 100 })).toMatchObject({ granted: 1 });
  });

  test("as many calls fit as have room, of those that stand first and cost the same", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 25, waiting: 30, unit: 7, run: 28 };
    expect(await refill(ask)).toMatchObject({ granted: 21 });
    expect(await refill(ask)).toMatchObject({ granted: 0, minute: 21 });
    expect(await refill({ ...ask, waiting: 5, unit: 1, run: 5 })).toMatchObject({ granted: 4, minute: 25 });
  });

  test("what is held counts towards what is needed", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 25, waiting: 7, unit: 7 };
    expect(await refill({ ...ask, held: 4 })).toMatchObject({ granted: 3 });
    expect(await refill({ ...ask, held: 9 })).toMatchObject({ granted: 0 });
    expect(await refill({ ...ask, waiting: 21, run: 21 })).toMatchObject({ granted: 21 });
    expect(await refill({ ...ask, waiting: 14, run: 14, held: 6 })).toMatchObject({ granted: 1 });
  });

  test("the tighter window decides, and both are taken from alike", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 100, perDay: 60, waiting: 80, surplus: 0 };
    expect(await refill(ask)).toMatchObject({ granted: 60, minute: 60, day: 60 });
    expect(await refill({ ...ask, perDay: 1_000 })).toMatchObject({ granted: 40, minute: 100, day: 100 });
  });

  test("a limit below what is spent grants nothing", async () => {
    const ask = { apiKeyId: newKey(), perDay: 100, waiting: 50, surplus: 20 };
    await refill(ask);
    expect(await refill({ ...ask, perDay: 40 })).toMatchObject({ granted: 0 });
    expect(await refill({ ...ask, perDay: 40, waiting: 0 })).toMatchObject({ granted: 0 });
  });
});

describe("what is returned", () => {
  test("can be granted again in the windows that it names", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 100, waiting: 100 };
    await refill(ask);
    expect(await refill({ ...ask, returned: { amount: 30, starts } })).toMatchObject({ granted: 30, minute: 100 });
  });

  test("of a minute that is over is the day's alone", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 100, perDay: 1_000, waiting: 100 };
    await refill(ask);
    await stopClockAt(altalune.db, new Date(at.getTime() + 60_000));
    await refill({ ...ask, waiting: 50 });
    const returned = { amount: 30, starts };
    expect(await refill({ ...ask, waiting: 0, returned })).toMatchObject({ minute: 50, day: 120 });
  });

  test("of a day that is over is nobody's", async () => {
    const ask = { apiKeyId: newKey(), perDay: 100, waiting: 100 };
    await refill(ask);
    await stopClockAt(altalune.db, new Date(at.getTime() + 86_400_000));
    expect(await refill({ ...ask, returned: { amount: 100, starts } })).toMatchObject({ granted: 100, day: 100 });
    expect(await refill({ ...ask, returned: { amount: 100, starts } })).toMatchObject({ granted: 0, day: 100 });
  });

  test("makes no row for a key that has none", async () => {
    const apiKeyId = newKey();
    expect(await refill({ apiKeyId, awaited: false, returned: { amount: 5, starts } })).toBeUndefined();
    expect((await rateLimitRepo.spent(altalune.db, [{ projectId: 1n, apiKeyId }]))[0]?.day).toBe(0);
  });
});

describe("of the minute that comes", () => {
  const next = { minute: starts.minute + 60_000, day: starts.day };
  const ahead = next.minute;

  test("a twentieth of what is beyond the part that is kept is lent, which counts there and in the day", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 1_000, perDay: 10_000 };
    await refill({ ...ask, waiting: 1_000 });
    const asked = { ...ask, awaited: false, surplus: 500, ahead };
    expect(await refill(asked)).toEqual({ granted: 47, minute: 47, day: 1_047, starts: next, now: at.getTime() });
    expect(await refill(asked)).toMatchObject({ granted: 45, minute: 92, day: 1_092 });
    expect(await refill({ ...ask, waiting: 1 })).toMatchObject({ granted: 0, minute: 1_000, day: 1_092, starts });
    expect(await refill({ ...asked, perDay: 1_100 })).toMatchObject({ granted: 0, day: 1_092 });
  });

  test("that minute grants no more than what is left beside it, and the one after begins anew", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 1_000 };
    await refill({ ...ask, waiting: 10 });
    expect(await refill({ ...ask, awaited: false, surplus: 40, ahead })).toMatchObject({ granted: 40 });
    await stopClockAt(altalune.db, new Date(next.minute + 1_000));
    expect(await rateLimitRepo.spent(altalune.db, [{ projectId: 1n, apiKeyId: ask.apiKeyId }])).toMatchObject([
      { minute: 40, day: 50 },
    ]);
    expect(await refill({ ...ask, waiting: 961, run: 961 })).toMatchObject({
      granted: 960,
      minute: 1_000,
      starts: next,
    });
    await stopClockAt(altalune.db, new Date(next.minute + 61_000));
    expect(await refill({ ...ask, waiting: 1 })).toMatchObject({ granted: 1, minute: 1 });
  });

  test("what is returned of it can be granted again, before it comes and in it", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 1_000 };
    await refill({ ...ask, waiting: 10 });
    await refill({ ...ask, awaited: false, surplus: 40, ahead });
    const back = { amount: 15, starts: next };
    expect(await refill({ ...ask, awaited: false, returned: back })).toMatchObject({ minute: 10, day: 35 });
    expect(await refill({ ...ask, awaited: false, ahead })).toMatchObject({ granted: 0, minute: 25, day: 35 });
    await stopClockAt(altalune.db, new Date(next.minute + 1_000));
    expect(await refill({ ...ask, waiting: 5, returned: back })).toMatchObject({ granted: 5, minute: 15, day: 25 });
  });

  test("nothing is lent of a minute that has come, or is not the next, or is of another day", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 1_000 };
    await refill({ ...ask, waiting: 1 });
    for (const other of [starts.minute, next.minute + 60_000, starts.minute - 60_000]) {
      expect(await refill({ ...ask, awaited: false, surplus: 10, ahead: other })).toMatchObject({ granted: 0, day: 1 });
    }
    const midnight = starts.day + 24 * 60 * 60_000;
    await stopClockAt(altalune.db, new Date(midnight - 1_000));
    await refill({ ...ask, waiting: 1 });
    expect(await refill({ ...ask, awaited: false, surplus: 10, ahead: midnight })).toMatchObject({ granted: 0 });
  });

  test("nothing is made of a key of which nothing was ever granted", async () => {
    const ask = { apiKeyId: newKey(), perMinute: 1_000, awaited: false, surplus: 10, ahead };
    expect(await refill(ask)).toBeUndefined();
  });
});

test("statements of many keys at once, in any order, never go past a limit, and none waits for another for good", async () => {
  const perMinute = 700;
  const some = Array.from({ length: 30 }, () => newKey());
  const next = starts.minute + 60_000;
  const granted = new Map<string, number>();
  const statement = async (round: number) => {
    const shuffled = [...some].sort(() => Math.random() - 0.5).slice(0, 20);
    const asks = shuffled.map((apiKeyId, i) =>
      i % 4 === 0
        ? askOf({ apiKeyId, perMinute, awaited: false, surplus: 2, ahead: next })
        : askOf({ apiKeyId, perMinute, waiting: 1 + ((i * round) % 9), surplus: 40 }),
    );
    for (const [apiKeyId, refilled] of await rateLimitRepo.refill(altalune.db, asks)) {
      const counted = `${apiKeyId} ${refilled.starts.minute}`;
      granted.set(counted, (granted.get(counted) ?? 0) + refilled.granted);
    }
  };
  await Promise.all(Array.from({ length: 400 }, (_, round) => statement(round)));
  for (const minute of [starts.minute, next]) {
    await stopClockAt(altalune.db, new Date(minute));
    for (const apiKeyId of some) {
      const [spent] = await rateLimitRepo.spent(altalune.db, [{ projectId: 1n, apiKeyId }]);
      expect(granted.get(`${apiKeyId} ${minute}`)).toBe(spent?.minute);
      expect(spent?.minute).toBeGreaterThan(0);
      expect(spent?.minute).toBeLessThanOrEqual(perMinute);
    }
  }
});

test("keys are purged while their limits are refilled, and neither waits for the other for good", async () => {
  const project = await newProject(altalune.clients, { maxKeysPerOwner: 0 });
  const { rows } = await sql<{ id: bigint }>`
    select id from altalune_projects where public_id = ${project}
  `.execute(altalune.db);
  const projectId = rows[0]?.id ?? 0n;
  for (let round = 0; round < 10; round++) {
    const values = await Promise.all(Array.from({ length: 20 }, () => newApiKey(altalune.clients, project)));
    expect(values).toHaveLength(20);
    const { rows: ids } = await sql<{ id: bigint }>`
      select id from altalune_project_api_keys where project_id = ${projectId} order by id desc
    `.execute(altalune.db);
    const asks = ids.map(({ id }) => askOf({ projectId, apiKeyId: id, perDay: 1_000_000, waiting: 1 }));
    await rateLimitRepo.refill(altalune.db, asks);
    await Promise.all([
      ...Array.from({ length: 8 }, () => rateLimitRepo.refill(altalune.db, asks)),
      altalune.db.transaction().execute((tx) => apiKeyRepo.deleteSome(tx, projectId, 20)),
    ]);
  }
});
