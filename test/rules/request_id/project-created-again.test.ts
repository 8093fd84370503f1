import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { uniqueName } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { recordsOf } from "./records.js";

test("a project that is created again under one request id is one project, as it is now", async ({ instance }) => {
  const { projects } = instance.clients;
  const wanted = { name: uniqueName("project"), requestId: randomUUID() };
  const answers = await Promise.all(Array.from({ length: 10 }, () => projects.createProject(wanted)));
  const [first] = answers;
  for (const answer of answers) {
    expect(answer).toEqual(first);
  }
  const projectId = first?.project?.id ?? "";
  const { project } = await projects.updateProject({ projectId, defaultTier: "pro" });
  expect(await projects.createProject(wanted)).toMatchObject({ project });
  expect(await denialOf(projects.createProject({ ...wanted, keyPrefix: "other-" }))).toMatchObject({
    code: "Aborted",
    reason: "REQUEST_ID_REUSED",
  });
  const { data } = await projects.queryProjects({ query: { filters: { name: { values: [wanted.name] } } } });
  expect(data).toHaveLength(1);
  await projects.deleteProject({ projectId });
  const denial = await denialOf(projects.createProject(wanted));
  expect(denial).toMatchObject({ code: "NotFound", reason: "PROJECT_NOT_FOUND" });
  expect(denial.message).toMatch(/deleted.*another request_id/);
});

test("a project that is refused leaves its request id free", async ({ instance }) => {
  const { projects } = instance.clients;
  const wanted = { name: uniqueName("project"), defaultTier: "no-such-tier", requestId: randomUUID() };
  expect(await denialOf(projects.createProject(wanted))).toMatchObject({ reason: "TIER_NOT_FOUND" });
  expect(await recordsOf(instance, wanted.requestId)).toEqual([]);
  expect((await projects.createProject({ ...wanted, defaultTier: "" })).project?.name).toBe(wanted.name);
});
