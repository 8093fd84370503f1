import { createAltalune } from "@altalune/sdk";
import { describe, expect } from "vitest";
import { test } from "../../support/shared-instance.js";
import { type Answer, ask } from "./ask.js";
import { type App, type Framework, frameworks } from "./frameworks.js";
import { type GuardedProject, makeGuardedProject } from "./guarded-project.js";
import { type Row, rows } from "./verdicts.js";

let keys: GuardedProject;
let altalune: ReturnType<typeof createAltalune>;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
  altalune = createAltalune({ url: instance.url, rootKey: instance.rootKey });
});

const titles = { 401: "Unauthorized", 403: "Forbidden", 410: "Gone", 429: "Too Many Requests" } as const;
/** The nearest that Connect has. */
const connectCodes = {
  401: [401, "unauthenticated"],
  403: [403, "permission_denied"],
  410: [401, "unauthenticated"],
  429: [429, "resource_exhausted"],
} as const;

describe.each(frameworks)("a guard for $name", (framework) => {
  let app: App;
  test.beforeAll(async () => {
    app = await framework.start({ altalune, projectId: keys.projectId });
  });
  test.afterAll(async () => {
    await app[Symbol.asyncDispose]();
  });

  test.for(rows)("answers $status to $what", async (row) => {
    const answer = await ask(app[row.path ?? "orders"], [...row.headers(keys), "X-Request-Id", "req-1"]);
    if (row.status === 200 || (row.dropped && framework.speaksConnect)) {
      expect(answer.status).toBe(200);
      expect(answer.headers["x-altalune-code"]).toBeUndefined();
    } else {
      expectRefusal(answer, row, framework);
    }
  });

  test("tells the handler whose key it was, and the client nothing of it", async () => {
    const { headers } = await ask(app.orders, ["X-API-Key", keys.good]);
    expect(headers["x-seen"]).toBe(keys.seen);
    expect(Object.keys(headers).filter((name) => name.startsWith("x-altalune-"))).toEqual([]);
  });

  test("tells clients of keys with limits where they stand, and no others", async () => {
    const { headers } = await ask(app.orders, ["X-API-Key", keys.limited]);
    expect(headers["ratelimit-policy"]).toBe('"minute";q=100;w=60, "day";q=5000;w=86400');
    expect(headers["ratelimit"]).toMatch(/^"minute";r=\d{1,2};t=\d{1,2}, "day";r=49\d\d;t=\d{1,5}$/);
    const { headers: unlimited } = await ask(app.orders, ["X-API-Key", keys.good]);
    expect(Object.keys(unlimited).filter((name) => name.startsWith("ratelimit"))).toEqual([]);
  });

  test("tells whoever used up a limit how long to wait", async () => {
    const { headers } = await ask(app.orders, ["X-API-Key", keys.usedUp]);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(86_400);
    expect(headers["ratelimit-policy"]).toBe('"day";q=1;w=86400');
    expect(headers["ratelimit"]).toMatch(/^"day";r=0;t=\d{1,5}$/);
  });

  test("asks for its own scopes before it spends from a limit", async () => {
    await using strict = await framework.start({ altalune, projectId: keys.projectId, scopes: ["admin:all"] });
    const refused = await ask(strict.orders, ["X-API-Key", keys.usedUp]);
    expect(refused.status).toBe(403);
    expect(refused.headers["www-authenticate"]).toBe('Bearer error="insufficient_scope", scope="admin:all"');
  });

  test("lets in at cost 0 who has used up a limit", async () => {
    await using free = await framework.start({ altalune, projectId: keys.projectId, cost: 0 });
    expect((await ask(free.orders, ["X-API-Key", keys.usedUp])).status).toBe(200);
  });
});

function expectRefusal({ status, headers, body }: Answer, row: Row, { speaksConnect }: Framework): void {
  const { code, detail } = row;
  const rightStatus = row.status as keyof typeof titles;
  expect(headers["x-altalune-code"]).toBe(code);
  expect(headers["www-authenticate"]).toBe(row.challenge?.replace("<project>", keys.projectId));
  expect(headers["cache-control"]).toBe("no-store");
  expect(headers["x-seen"]).toBeUndefined();
  if (speaksConnect) {
    const [connectStatus, connectCode] = connectCodes[rightStatus];
    expect(status).toBe(connectStatus);
    expect(JSON.parse(body)).toMatchObject({ code: connectCode, message: detail });
  } else {
    expect(status).toBe(rightStatus);
    expect(headers["content-type"]).toBe("application/problem+json");
    const { instance, ...problem } = JSON.parse(body);
    expect(problem).toEqual({ type: "about:blank", title: titles[rightStatus], status, detail, reason: code });
    expect(instance).toBe("req-1");
  }
}
