import { afterAll, beforeAll, expect, test } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { denialOf } from "../../support/errors.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { linesWith } from "./log-lines.js";

const calls = 50;
const line = { method: "altalune.v1.ProjectService/QueryProjects", code: "unauthenticated" };

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { LOG_LEVEL: "info" } });
});
afterAll(() => altalune.stop());

test("calls with unknown root keys are told once a second, with the count of those left out", async () => {
  for (let i = 0; i < calls; i++) {
    await denialOf(altalune.clientsWith(newSecret("alt_root_")).projects.queryProjects({}));
  }
  expect(linesWith(altalune, line).length).toBeLessThan(calls / 2);
  const told = () =>
    linesWith(altalune, line).reduce((sum, { left_out: leftOut }) => sum + 1 + Number(leftOut ?? 0), 0);
  await expect.poll(told, { timeout: 5_000 }).toBe(calls);
});

test("calls that fail with a root key that works are told one by one", async () => {
  for (let i = 0; i < calls; i++) {
    await denialOf(altalune.clients.projects.getProject({ projectId: "2".repeat(14) }));
  }
  const { method, code } = { method: "altalune.v1.ProjectService/GetProject", code: "not_found" };
  expect(linesWith(altalune, { method, code })).toHaveLength(calls);
});
