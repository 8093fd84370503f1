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

test("statements of many keys at once, in any order, never go past a limit, and none waits for another for good", async () => {
  const perMinute = 700;
  const some = Array.from({ length: 30 }, () => newKey());
  const granted = new Map<bigint, number>();
  const statement = async (round: number) => {
    const shuffled = [...some].sort(() => Math.random() - 0.5).slice(0, 20);
    const asks = shuffled.map((apiKeyId, i) =>
      askOf({ apiKeyId, perMinute, waiting: 1 + ((i * round) % 9), surplus: 40 }),
    );
    for (const [apiKeyId, refilled] of await rateLimitRepo.refill(altalune.db, asks)) {
      granted.set(apiKeyId, (granted.get(apiKeyId) ?? 0) + refilled.granted);
    }
  };
  await Promise.all(Array.from({ length: 400 }, (_, round) => statement(round)));
  for (const apiKeyId of some) {
    const [spent] = await rateLimitRepo.spent(altalune.db, [{ projectId: 1n, apiKeyId }]);
    expect(granted.get(apiKeyId)).toBe(spent?.minute);
    expect(spent?.minute).toBeLessThanOrEqual(perMinute);
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
