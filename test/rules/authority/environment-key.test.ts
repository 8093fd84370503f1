import { expect, test } from "vitest";
import { newApiKey, newProject, newUser } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { newWebhook } from "../../support/webhooks.js";
import { bearer, call, connectTo } from "./call.js";
import { nameOf, operatorRpcs } from "./every-rpc.js";

const environmentKey = "environment-root-key-of-40-characters-xx";

test("ALTALUNE_ROOT_KEY may do everything while it is set, and nothing once it is not", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_ROOT_KEY: environmentKey } });
  const projectId = await newProject(altalune.clients);
  const { id, value } = await newApiKey(altalune.clients, projectId);
  const target = {
    projectId,
    apiKeyId: id,
    presentedKey: value,
    userId: await newUser(altalune.clients),
    ...(await newWebhook(altalune.clients, projectId)),
  };
  for (const method of operatorRpcs) {
    const { code } = await call(connectTo(altalune.url), method, target, bearer(environmentKey));
    expect(["ok", "Unimplemented", "NotFound"], nameOf(method)).toContain(code);
  }
  await using later = await startTestInstance({ beside: altalune });
  for (const method of operatorRpcs) {
    const { code, reason } = await call(connectTo(later.url), method, target, bearer(environmentKey));
    expect({ code, reason }).toEqual({ code: "Unauthenticated", reason: "ROOT_KEY_INVALID" });
  }
});

test("the trail names the environment as the actor", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_ROOT_KEY: environmentKey } });
  const projectId = await newProject(altalune.clients);
  const { data } = await altalune.clients.audit.queryAuditEvents({ projectId });
  expect(data).toMatchObject([{ actor: "root_key:environment", action: "project.created" }]);
});

test("only the whole of ALTALUNE_ROOT_KEY is accepted", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_ROOT_KEY: environmentKey } });
  for (const near of [
    environmentKey.slice(0, -1),
    `${environmentKey}x`,
    environmentKey.toUpperCase(),
    environmentKey.replace("-", "_"),
  ]) {
    await expect(altalune.clientsWith(near).projects.queryProjects({})).rejects.toMatchObject({ code: 16 });
  }
});

test("a start with ALTALUNE_ROOT_KEY makes no root key, and the first start without it does", async () => {
  await using first = await startTestInstance({ env: { ALTALUNE_ROOT_KEY: environmentKey } });
  expect(await first.services.rootKeys.list()).toEqual([]);
  await using second = await startTestInstance({ beside: { ...first, rootKey: environmentKey } });
  expect(await second.services.rootKeys.list()).toMatchObject([{ name: "first root key", scopes: ["*"] }]);
});
