import { afterAll, beforeAll, expect, test } from "vitest";
import { burst, inTurn } from "../../rules/rate_limit/burst.js";
import { grantedOf } from "../../rules/rate_limit/granted.js";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { startTcpProxy, type TcpProxy } from "../failover/tcp-proxy.js";
import { leaseAgeOf } from "../failover/verdicts.js";

const limit = 20_000;

let near: TestInstance;
let proxy: TcpProxy;
/** Reaches the database by the proxy. */
let far: TestInstance;
let projectId: string;
beforeAll(async () => {
  near = await startTestInstance();
  proxy = await startTcpProxy(near.databaseUrl);
  far = await startTestInstance({ beside: { ...near, databaseUrl: proxy.url } });
  projectId = await newProject(near.clients, { allowNeverExpires: true });
  await stopClockAt(near.db, new Date(`${new Date().toISOString().slice(0, 10)}T12:30:15.000Z`));
});
afterAll(async () => {
  await far.stop();
  await proxy.close();
  await near.stop();
});

test("without the database what is left of the share is spent, then calls fail, and nothing was given away", async () => {
  const { id, value } = await newApiKey(near.clients, projectId, { neverExpires: true, rateLimits: { perDay: limit } });
  await expect.poll(() => leaseAgeOf(far), { timeout: 20_000 }).toBeGreaterThanOrEqual(0);
  let before = 0;
  let share = 0;
  while (share < 20) {
    before += (await burst([far], value, 100)).admitted;
    before += (await inTurn([far], value, 10)).admitted;
    share = (await grantedOf(near, id)).day - before;
  }
  await proxy.cut();
  const { admitted, limited, failed } = await inTurn([far], value, share + 50);
  expect(admitted).toBeGreaterThan(0);
  expect(admitted).toBeLessThanOrEqual((await grantedOf(near, id)).day - before);
  expect(limited).toBe(0);
  expect(failed).toEqual(Array.from({ length: share + 50 - admitted }, () => "Unavailable"));
  expect((await inTurn([far], value, 5)).failed).toHaveLength(5);

  await proxy.restore();
  await expect.poll(async () => (await inTurn([far], value, 1)).admitted, { timeout: 20_000 }).toBe(1);
  const others = await burst([near], value, 500);
  expect(others.admitted).toBe(500);
});
