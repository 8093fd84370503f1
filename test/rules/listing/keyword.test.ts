import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";

let altalune: TestInstance;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients, { name: "100% Étude_1" });
  await newProject(altalune.clients, { name: "back\\slash" });
  for (const name of ["Deploy Bot", "deploy_bot 2", "nightly-job"]) {
    await newApiKey(altalune.clients, projectId, { name });
  }
});
afterAll(() => altalune.stop());

describe("a keyword finds keys", () => {
  const cases: readonly (readonly [keyword: string, names: readonly string[]])[] = [
    ["deploy", ["Deploy Bot", "deploy_bot 2"]],
    ["DEPLOY", ["Deploy Bot", "deploy_bot 2"]],
    ["y b", ["Deploy Bot"]],
    ["job", ["nightly-job"]],
    ["nightly-job", ["nightly-job"]],
    ["nightly-jobs", []],
    ["_", ["deploy_bot 2"]],
    ["y_b", ["deploy_bot 2"]],
    ["%", []],
    ["\\", []],
    ["'", []],
    ["", ["Deploy Bot", "deploy_bot 2", "nightly-job"]],
  ];
  test.each(cases)("whose name has '%s' in it: %j", async (keyword, names) => {
    const { data, meta } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { keyword } });
    expect(data.map(({ name }) => name).toSorted()).toEqual(names);
    expect(meta?.rowCount).toBe(names.length);
  });

  test("by their names alone", async () => {
    await newApiKey(altalune.clients, projectId, { name: "plain", ownerId: "zebra", scopes: ["zebra"] });
    const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { keyword: "zebra" } });
    expect(data).toEqual([]);
  });
});

describe("a keyword finds projects", () => {
  const cases: readonly (readonly [keyword: string, names: readonly string[]])[] = [
    ["Étude", ["100% Étude_1"]],
    ["étude", ["100% Étude_1"]],
    ["ÉTUDE", ["100% Étude_1"]],
    ["0%", ["100% Étude_1"]],
    ["%", ["100% Étude_1"]],
    ["e_1", ["100% Étude_1"]],
    ["0_", []],
    ["\\", ["back\\slash"]],
    ["\\s", ["back\\slash"]],
    ["k_s", []],
  ];
  test.each(cases)("whose name has '%s' in it: %j", async (keyword, names) => {
    const { data } = await altalune.clients.projects.queryProjects({ query: { keyword } });
    expect(data.map(({ name }) => name)).toEqual(names);
  });
});

test("a keyword finds events by part of their action", async () => {
  const { data } = await altalune.clients.audit.queryAuditEvents({ projectId, query: { keyword: "PROJECT." } });
  expect(data.map(({ action }) => action)).toEqual(["project.created"]);
  const none = await altalune.clients.audit.queryAuditEvents({ projectId, query: { keyword: "api%created" } });
  expect(none.data).toEqual([]);
});
