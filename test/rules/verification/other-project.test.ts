import { beforeEach, describe, expect } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { keyRpcs } from "../../support/rpcs.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";
import { verdictOf } from "../../support/verdict.js";

let altalune: TestInstance;
let projectId: string;
let neighbour: string;
let key: { id: string; value: string };
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  neighbour = await newProject(altalune.clients);
});
beforeEach(async () => {
  key = await newApiKey(altalune.clients, projectId);
});

describe("a key of another project is not found", () => {
  test.each(keyRpcs)("by %s, and nothing becomes of it", async (_rpc, call) => {
    const denial = await denialOf(call(altalune.clients, { projectId: neighbour, apiKeyId: key.id }));
    expect(denial).toMatchObject({ code: "NotFound", reason: "API_KEY_NOT_FOUND" });
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created"]);
    expect(await verdictOf(altalune.clients, key.value)).toMatchObject({ valid: true });
  });

  test("by a verification that names the project", async () => {
    expect(await verdictOf(altalune.clients, key.value, { projectId: neighbour })).toMatchObject({
      valid: false,
      code: VerificationCode.NOT_FOUND,
      projectId: "",
      apiKeyId: "",
    });
    expect(await verdictOf(altalune.clients, key.value, { projectId })).toMatchObject({
      valid: true,
      apiKeyId: key.id,
    });
  });

  test("by the listing", async () => {
    const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId: neighbour });
    expect(data).toEqual([]);
  });
});
