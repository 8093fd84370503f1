import { createAltalune } from "@altalune/sdk";
import { type FakeKey, fakeAltalune } from "@altalune/sdk/testing";
import { describe, expect } from "vitest";
import { test } from "../../support/shared-instance.js";
import { type Answer, ask } from "./ask.js";
import { type Framework, frameworks } from "./frameworks.js";
import { type GuardedProject, makeGuardedProject } from "./guarded-project.js";
import { rows } from "./verdicts.js";

const express = frameworks.find(({ name }) => name === "Express") as Framework;
const ids = { apiKeyId: "23456789abcdef", ownerId: "user_1" };

describe("the stand-in for tests", () => {
  let keys: GuardedProject;
  let altalune: ReturnType<typeof createAltalune>;
  test.beforeAll(async ({ instance }) => {
    keys = await makeGuardedProject(instance);
    altalune = createAltalune({ url: instance.url, rootKey: instance.rootKey });
  });

  test("makes a guard answer as Altalune does, over the whole table", async () => {
    const fake = fakeAltalune({ projectId: keys.projectId, keys: await known() });
    await using real = await express.start({ altalune, projectId: keys.projectId });
    await using faked = await express.start({ altalune: fake, projectId: keys.projectId });
    for (const row of rows) {
      const headers = [...row.headers(keys), "X-Request-Id", "req-1"];
      const path = row.path ?? "orders";
      const [expected, answer] = [await ask(real[path], headers), await ask(faked[path], headers)];
      expect(comparable(answer), row.what).toEqual(comparable(expected));
    }
  });

  test("is away when it is told so, and comes back", async () => {
    const fake = fakeAltalune({ projectId: keys.projectId, keys: { "sk-good": {} } });
    await using app = await express.start({ altalune: fake, projectId: keys.projectId });
    fake.setAvailable(false);
    const away = await ask(app.orders, ["X-API-Key", "sk-good"]);
    expect([away.status, away.headers["x-altalune-code"]]).toEqual([503, "UNAVAILABLE"]);
    fake.setAvailable(true);
    expect((await ask(app.orders, ["X-API-Key", "sk-good"])).status).toBe(200);
  });

  test("gives a key another verdict from now on", async () => {
    const fake = fakeAltalune({ projectId: keys.projectId, keys: { "sk-good": {} } });
    await using app = await express.start({ altalune: fake, projectId: keys.projectId });
    fake.setKey("sk-good", { verdict: "REVOKED" });
    expect((await ask(app.orders, ["X-API-Key", "sk-good"])).status).toBe(410);
  });

  test("says of every other rpc that it does not know it", async () => {
    const fake = fakeAltalune({ projectId: keys.projectId, keys: {} });
    await expect(fake.projects.getProject({ projectId: keys.projectId })).rejects.toMatchObject({
      name: "AltaluneError",
      code: "unimplemented",
    });
  });

  /** The keys of the real project, with what Altalune says of them. */
  async function known(): Promise<Readonly<Record<string, FakeKey>>> {
    const limit = async (key: string) => {
      const { rateLimits } = await altalune.verification.verifyApiKey({ key, projectId: keys.projectId, cost: 0 });
      return rateLimits.map(({ window, limit, remaining, resetAt }) => ({
        window: window === 1 ? ("minute" as const) : ("day" as const),
        limit,
        remaining,
        resetAt: new Date(Number(resetAt?.seconds ?? 0n) * 1000),
      }));
    };
    const scopes = ["orders:*"];
    return {
      [keys.good]: { ...ids, scopes },
      [keys.other]: { scopes },
      [keys.readOnly]: { scopes: ["orders:read"] },
      [keys.limited]: { scopes, rateLimits: await limit(keys.limited) },
      [keys.usedUp]: { scopes, verdict: "RATE_LIMITED", retryAfterMs: 1000, rateLimits: await limit(keys.usedUp) },
      [keys.revoked]: { scopes, verdict: "REVOKED" },
      [keys.disabled]: { scopes, verdict: "DISABLED" },
      [keys.expired]: { scopes, verdict: "EXPIRED" },
    };
  }
});

/** Ids and times differ. */
function comparable({ status, headers, body }: Answer) {
  const { date: _, "x-seen": seen, "retry-after": retryAfter, ratelimit, ...rest } = headers;
  const problem = body === "" ? {} : JSON.parse(body);
  return {
    status,
    headers: rest,
    waits: retryAfter !== undefined,
    limits: ratelimit?.replaceAll(/(?<=[rt]=)\d+/g, "n"),
    owner: seen?.split(" ").slice(1),
    problem: { ...problem, instance: problem.instance === "req-1" ? "req-1" : "another" },
  };
}
