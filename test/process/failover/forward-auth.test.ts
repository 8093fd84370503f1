import { afterAll, beforeAll, expect, test } from "vitest";
import { check, unavailable } from "../../rules/ext_authz/check.js";
import { ask, outcomeOf } from "../../rules/forward_auth/ask.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";
import { leaseAgeOf } from "./verdicts.js";

let near: TestInstance;
let proxy: TcpProxy;
let far: TestInstance;
let projectId: string;
beforeAll(async () => {
  near = await startTestInstance();
  proxy = await startTcpProxy(near.databaseUrl);
  far = await startTestInstance({
    beside: { ...near, databaseUrl: proxy.url },
    env: { ALTALUNE_CACHE_LEASE: "2s", ALTALUNE_DATABASE_POOL: "6" },
  });
  projectId = await newProject(near.clients);
});
afterAll(async () => {
  proxy.thaw();
  await far.stop();
  await proxy.close();
  await near.stop();
});

const checked = (key: string) => check(far, { context: { project_id: projectId }, headers: { "x-api-key": key } });
const asked = (key: string) => ask(far, { query: `project_id=${projectId}`, headers: [["X-API-Key", key]] });

test.each([
  ["down", () => proxy.cut(), () => proxy.restore()],
  ["hanging", () => proxy.freeze(), () => proxy.thaw()],
])(
  "while the database is %s, warm keys are good for the lease, and all else is 503, to Envoy UNAVAILABLE, and never 200",
  async (_how, away, back) => {
    const [warm, cold] = await Promise.all([newApiKey(near.clients, projectId), newApiKey(near.clients, projectId)]);
    await expect.poll(async () => (await asked(warm.value)).status).toBe(200);
    await expect.poll(() => leaseAgeOf(far)).toBeLessThan(0.6);
    expect((await asked(warm.value)).status).toBe(200);
    await away();
    expect((await asked(warm.value)).status).toBe(200);
    expect((await checked(warm.value)).status?.code).toBe(0);
    await expect.poll(async () => (await asked(warm.value)).status, { interval: 100 }).toBe(503);
    for (const { value } of [warm, cold]) {
      const since = performance.now();
      const heard = await asked(value);
      expect(outcomeOf(heard)).toMatchObject({
        status: 503,
        trueStatus: "503",
        code: expect.stringMatching(/^[A-Z_]+$/),
      });
      expect(heard.headers["retry-after"]).toBe("1");
      expect(performance.now() - since).toBeLessThan(9_000);
      await expect(checked(value)).rejects.toMatchObject(unavailable);
    }
    await back();
    await expect.poll(async () => (await asked(cold.value)).status).toBe(200);
  },
);
