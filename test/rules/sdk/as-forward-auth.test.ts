import { expect } from "vitest";
import { test } from "../../support/shared-instance.js";
import { ask } from "./ask.js";
import { type GuardedProject, makeGuardedProject } from "./guarded-project.js";
import { rows } from "./verdicts.js";

let keys: GuardedProject;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
});

/** An API may be guarded by its gateway today and by the SDK tomorrow: its clients must not tell. */
test.for(rows)("forward-auth answers as the guards of the SDK do, $status to $what", async (row, { instance }) => {
  const scope = row.path === "writing" ? "&scope=orders:write" : "";
  const url = `${instance.url}/forward-auth?project_id=${keys.projectId}${scope}`;
  const { status, headers, body } = await ask({ url }, [
    ...["X-Altalune-Root-Key", instance.rootKey],
    ...row.headers(keys),
  ]);
  expect(status).toBe(row.status);
  expect(headers["x-altalune-code"]).toBe(row.code);
  expect(headers["www-authenticate"]).toBe(row.challenge?.replace("<project>", keys.projectId));
  if (row.status !== 200) {
    expect(JSON.parse(body)).toMatchObject({ status, detail: row.detail, reason: row.code });
  }
});
