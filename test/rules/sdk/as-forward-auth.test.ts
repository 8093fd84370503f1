import { createAltalune } from "@altalune/sdk";
import { expect } from "vitest";
import { test } from "../../support/shared-instance.js";
import { type Answer, ask } from "./ask.js";
import { type App, type Framework, frameworks } from "./frameworks.js";
import { type GuardedProject, makeGuardedProject } from "./guarded-project.js";
import { rows } from "./verdicts.js";

const express = frameworks.find(({ name }) => name === "Express") as Framework;
let keys: GuardedProject;
let app: App;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
  const altalune = createAltalune({ url: instance.url, rootKey: instance.rootKey });
  app = await express.start({ altalune, projectId: keys.projectId });
});
test.afterAll(async () => {
  await app[Symbol.asyncDispose]();
});

/** An API may be guarded by its gateway today and by the SDK tomorrow: its clients must not tell. */
test.for(rows)("forward-auth answers as the guards of the SDK do, $status to $what", async (row, { instance }) => {
  const scope = row.path === "writing" ? "&scope=orders:write" : "";
  const url = `${instance.url}/forward-auth?project_id=${keys.projectId}${scope}`;
  const sent = [...row.headers(keys), "X-Request-Id", "req-1"];
  const answer = await ask({ url }, ["X-Altalune-Root-Key", instance.rootKey, ...sent]);
  const { status, headers, body } = answer;
  expect(status).toBe(row.status);
  expect(headers["x-altalune-code"]).toBe(row.code);
  expect(headers["www-authenticate"]).toBe(row.challenge?.replace("<project>", keys.projectId));
  if (row.status !== 200) {
    expect(JSON.parse(body)).toMatchObject({ status, detail: row.detail, reason: row.code });
  }
  const bySdk = await ask(row.path === "writing" ? app.writing : app.orders, sent);
  expect(told(answer)).toEqual(told(bySdk));
  expect(Math.abs(waitOf(answer) - waitOf(bySdk))).toBeLessThanOrEqual(5);
});

/** What is the guard's of an answer. What is left of a limit, and for how long, is another with each request. */
function told({ status, headers, body }: Answer) {
  const { "retry-after": retryAfter, ratelimit } = headers;
  return {
    status,
    waits: retryAfter !== undefined,
    limits: ratelimit?.replaceAll(/(?<=[rt]=)\d+/g, "n"),
    policy: headers["ratelimit-policy"],
    // Of an answer that is not a refusal, these are the API's.
    ...(status !== 200 && {
      challenge: headers["www-authenticate"],
      code: headers["x-altalune-code"],
      cache: headers["cache-control"],
      type: headers["content-type"],
      problem: JSON.parse(body),
    }),
  };
}

function waitOf({ headers }: Answer): number {
  return Number(headers["retry-after"] ?? 0);
}
