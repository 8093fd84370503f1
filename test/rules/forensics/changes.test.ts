import { expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { linesWith } from "./log-lines.js";

const lineOf = (instance: TestInstance, method: string, ids: Readonly<Record<string, string>>) =>
  linesWith(instance, { method: `altalune.v1.${method}`, ...ids });

test("the log line of a change names the project and key that it made or was about", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId);
  const ids = { project_id: projectId, api_key_id: id };
  await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.KEY_COMPROMISED });
  await instance.clients.projects.deleteProject({ projectId });

  expect(lineOf(instance, "ProjectService/CreateProject", { project_id: projectId })).toHaveLength(1);
  expect(lineOf(instance, "ApiKeyService/CreateApiKey", ids)).toMatchObject([{ level: "info", code: "ok" }]);
  expect(lineOf(instance, "ApiKeyService/RevokeApiKey", ids)).toHaveLength(1);
  expect(lineOf(instance, "ProjectService/DeleteProject", { project_id: projectId })).toHaveLength(1);
});

test("the log line of a change names the tier", async ({ instance }) => {
  const name = uniqueName("tier").replace(" ", "-");
  await instance.clients.tiers.upsertTier({ tier: { name } });
  await instance.clients.tiers.deleteTier({ name });
  expect(lineOf(instance, "TierService/UpsertTier", { tier: name })).toHaveLength(1);
  expect(lineOf(instance, "TierService/DeleteTier", { tier: name })).toHaveLength(1);
});

test("a change that fails names what it was about, unless that is no id", async ({ instance }) => {
  const missing = { projectId: "00000000000000", apiKeyId: "00000000000001" };
  await expect(instance.clients.apiKeys.activateApiKey(missing)).rejects.toThrow();
  await expect(instance.clients.apiKeys.activateApiKey({ ...missing, apiKeyId: "half-a-secret" })).rejects.toThrow();

  const ids = { project_id: missing.projectId, api_key_id: missing.apiKeyId };
  expect(lineOf(instance, "ApiKeyService/ActivateApiKey", ids)).toHaveLength(1);
  expect(instance.logLines.join("")).not.toContain("half-a-secret");
});
