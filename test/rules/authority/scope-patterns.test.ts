import { expect } from "vitest";
import { rpcRule } from "../../../src/server/call/rpc-table.js";
import { newApiKey, newProject, newUser } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newWebhook } from "../../support/webhooks.js";
import { bearer, call, connectTo } from "./call.js";
import { nameOf, operatorRpcs } from "./every-rpc.js";
import { newRootKey } from "./root-keys.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

test.each([
  ["*", () => true],
  ["*:*", () => true],
  ["projects:*", (scope: string) => scope.startsWith("projects:")],
  ["api_keys:*", (scope: string) => scope.startsWith("api_keys:")],
  ["*:read", (scope: string) => scope.endsWith(":read")],
  ["*:verify", (scope: string) => scope.endsWith(":verify")],
])("a root key with the scope %s may do what that covers, and nothing else", async (pattern, covered) => {
  const projectId = await newProject(altalune.clients);
  const { id, value } = await newApiKey(altalune.clients, projectId);
  const target = {
    projectId,
    apiKeyId: id,
    presentedKey: value,
    userId: await newUser(altalune.clients),
    ...(await newWebhook(altalune.clients, projectId)),
  };
  const rootKey = await newRootKey(altalune, { scopes: [pattern] });
  for (const method of operatorRpcs) {
    const { code } = await call(connectTo(altalune.url), method, target, bearer(rootKey.value));
    const open = covered(rpcRule(method)?.scope ?? "");
    expect({ rpc: nameOf(method), open: code !== "PermissionDenied" }).toEqual({ rpc: nameOf(method), open });
  }
});

test("two scopes add up", async () => {
  const rootKey = await newRootKey(altalune, { scopes: ["projects:write", "projects:read"] });
  const { projects, apiKeys } = altalune.clientsWith(rootKey.value);
  const { project } = await projects.createProject({ name: "both" });
  const projectId = project?.id ?? "";
  expect((await projects.getProject({ projectId })).project?.name).toBe("both");
  await expect(apiKeys.queryApiKeys({ projectId })).rejects.toThrow("api_keys:read");
});
