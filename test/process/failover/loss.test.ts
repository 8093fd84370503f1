import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { denialOf } from "../../support/errors.js";
import { fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";
import { answerOf, leaseAgeOf, readyOf } from "./verdicts.js";

const patient = { timeout: 20_000, interval: 50 };

let near: TestInstance;
let proxy: TcpProxy;
/** Reaches the database by the proxy. */
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
afterEach(async () => {
  proxy.thaw();
  await expect.poll(async () => (await readyOf(far)).status, patient).toBe(200);
});
afterAll(async () => {
  await far.stop();
  await proxy.close();
  await near.stop();
});

const warmKey = async () => {
  const { id, value } = await newApiKey(near.clients, projectId);
  await expect.poll(() => leaseAgeOf(far), patient).toBeLessThan(0.6);
  expect(await answerOf(far, value)).toBe("VALID");
  expect(await answerOf(far, value)).toBe("VALID");
  return { id, value };
};

describe("a database that is down", () => {
  test("leaves warm keys good for the lease, makes all others unavailable, and is found again by itself", async () => {
    const warm = await warmKey();
    const cold = await newApiKey(near.clients, projectId);
    await proxy.cut();
    expect(await answerOf(far, warm.value)).toBe("VALID");
    expect(await answerOf(far, cold.value)).toBe("Unavailable");
    await expect.poll(() => answerOf(far, warm.value), patient).toBe("Unavailable");
    await expect
      .poll(() => readyOf(far), patient)
      .toEqual({ status: 503, text: expect.stringContaining("the database does not answer") });
    expect(await denialOf(far.clients.projects.getProject({ projectId }))).toMatchObject({ code: "Unavailable" });
    // Whatever happens while nobody hears of it holds when the database is back.
    await near.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: warm.id, reason: RevocationReason.SUPERSEDED });
    await proxy.restore();
    await expect.poll(() => answerOf(far, cold.value), patient).toBe("VALID");
    expect(await answerOf(far, warm.value)).toBe("REVOKED");
  }, 60_000);

  test("breaks no more than the calls that are made meanwhile, however many", async () => {
    const keys = await Promise.all(Array.from({ length: 50 }, () => newApiKey(near.clients, projectId)));
    await proxy.cut();
    const answers = await Promise.all(keys.map(({ value }) => answerOf(far, value)));
    expect(new Set(answers)).toEqual(new Set(["Unavailable"]));
    await proxy.restore();
    await expect
      .poll(async () => new Set(await Promise.all(keys.map(({ value }) => answerOf(far, value)))), patient)
      .toEqual(new Set(["VALID"]));
  }, 60_000);
});

describe("a database that hangs", () => {
  test("is told of within five seconds, to whoever waits for a signed request, a change or a listing", async () => {
    const { id } = await newApiKey(near.clients, projectId);
    await far.clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    await expect.poll(() => leaseAgeOf(far), patient).toBeLessThan(0.6);
    proxy.freeze();
    const since = performance.now();
    const signed = {
      apiKeyId: id,
      projectId,
      timestamp: fromNow(0),
      nonce: "n".repeat(28),
      method: "GET",
      path: "/",
      bodySha256: new Uint8Array(32),
      signature: new Uint8Array(32),
    };
    const denials = await Promise.all(
      [
        far.clients.verification.verifySignedRequest(signed),
        far.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED }),
        far.clients.apiKeys.getApiKey({ projectId, apiKeyId: id }),
        far.clients.apiKeys.queryApiKeys({ projectId }),
        far.clients.projects.queryProjects({}),
        far.clients.audit.queryAuditEvents({ projectId }),
      ].map(denialOf),
    );
    expect(performance.now() - since).toBeLessThan(6_500);
    expect(denials.map(({ code }) => code)).toEqual(denials.map(() => "Unavailable"));
  }, 60_000);

  test("makes what has to ask it unavailable, and leaves nothing behind", async () => {
    const warm = await warmKey();
    const keys = await Promise.all(Array.from({ length: 30 }, () => newApiKey(near.clients, projectId)));
    proxy.freeze();
    const waiting = Promise.all(keys.map(({ value }) => answerOf(far, value)));
    expect(await answerOf(far, warm.value)).toBe("VALID");
    await expect.poll(async () => (await readyOf(far)).status, patient).toBe(503);
    expect(new Set(await waiting)).toEqual(new Set(["Unavailable"]));
    proxy.thaw();
    await expect
      .poll(async () => new Set(await Promise.all(keys.map(({ value }) => answerOf(far, value)))), patient)
      .toEqual(new Set(["VALID"]));
    expect(await answerOf(far, warm.value)).toBe("VALID");
  }, 60_000);
});

test("connections that are ended in the middle of changes and look-ups fail these, and never the process", async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => newApiKey(near.clients, projectId)));
  const until = performance.now() + 1_500;
  const calls = keys.map(async ({ id, value }) => {
    while (performance.now() < until) {
      await far.clients.apiKeys.updateApiKey({ projectId, apiKeyId: id, scopes: ["a"] }).catch(() => undefined);
      await answerOf(far, value);
    }
  });
  // By one connection, which it leaves alone: another of its pool might just have been ended.
  await near.db.connection().execute(async (connection) => {
    while (performance.now() < until) {
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
      `.execute(connection);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  await Promise.all(calls);
  await expect
    .poll(async () => new Set(await Promise.all(keys.map(({ value }) => answerOf(far, value)))), patient)
    .toEqual(new Set(["VALID"]));
}, 60_000);
