import { describe, expect } from "vitest";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { AuditService } from "../../../gen/altalune/v1/audit_pb.js";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { keyRpcs, projectRpcs, trailRpcs } from "../../support/rpcs.js";
import { test } from "../../support/shared-instance.js";

const unknownId = "22222222222222";
const tooShort = "2".repeat(13);
const tooLong = "2".repeat(15);

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});

test("every rpc that takes an id is held to its rules here", () => {
  const methods = [ProjectService, ApiKeyService, AuditService].flatMap((service) => service.methods);
  const withProject = methods.filter(({ input }) => input.fields.some(({ name }) => name === "project_id"));
  const withKey = withProject.filter(({ input }) => input.fields.some(({ name }) => name === "api_key_id"));
  const tested = [...projectRpcs, ...trailRpcs, ...keyRpcs].map(([rpc]) => rpc);
  expect(tested.toSorted()).toEqual(withProject.map(({ name }) => name).toSorted());
  expect(keyRpcs.map(([rpc]) => rpc).toSorted()).toEqual(withKey.map(({ name }) => name).toSorted());
});

describe.each([...projectRpcs, ...keyRpcs])("%s", (_rpc, call) => {
  test.each(["", tooShort, tooLong])("refuses the project id '%s'", async (id) => {
    const denial = await denialOf(call(altalune.clients, { projectId: id, apiKeyId: unknownId }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["project_id"] });
  });

  test("does not find a project that is not there", async () => {
    const denial = await denialOf(call(altalune.clients, { projectId: unknownId, apiKeyId: unknownId }));
    expect(denial).toMatchObject({ code: "NotFound", reason: "PROJECT_NOT_FOUND" });
  });
});

describe.each(keyRpcs)("%s", (_rpc, call) => {
  test.each(["", tooShort, tooLong])("refuses the key id '%s'", async (apiKeyId) => {
    const denial = await denialOf(call(altalune.clients, { projectId, apiKeyId }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["api_key_id"] });
  });

  test("does not find a key that is not there", async () => {
    const denial = await denialOf(call(altalune.clients, { projectId, apiKeyId: unknownId }));
    expect(denial).toMatchObject({ code: "NotFound", reason: "API_KEY_NOT_FOUND" });
  });
});

describe.each(trailRpcs)("%s", (_rpc, call) => {
  test.each([tooShort, tooLong])("refuses the project id '%s'", async (id) => {
    const denial = await denialOf(call(altalune.clients, { projectId: id, apiKeyId: "" }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["project_id"] });
  });

  test("does not find a project that is not there", async () => {
    const denial = await denialOf(call(altalune.clients, { projectId: unknownId, apiKeyId: "" }));
    expect(denial).toMatchObject({ code: "NotFound", reason: "PROJECT_NOT_FOUND" });
  });

  test("takes an empty project id for the instance itself", async () => {
    await call(altalune.clients, { projectId: "", apiKeyId: "" });
  });
});

test("ids that are handed out are 14 characters that cannot be mistaken for each other", async () => {
  expect(projectId).toMatch(/^[23456789abcdefghjklmnpqrstuvwxyz]{14}$/);
});
