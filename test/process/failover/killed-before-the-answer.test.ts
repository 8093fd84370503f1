import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dayMs, fromNow, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import { createClients, startTestInstance, type TestInstance, transportTo } from "../../support/instance.js";
import { runService, type ServiceProcess } from "../chaos/service-process.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";

/** Another instance on the same database, which lives on. */
let other: TestInstance;
let proxy: TcpProxy;
let killed: ServiceProcess;
beforeAll(async () => {
  other = await startTestInstance();
  proxy = await startTcpProxy(other.databaseUrl);
  killed = runService({ DATABASE_URL: proxy.url, ALTALUNE_MASTER_KEY: other.masterKey });
}, 60_000);
afterAll(async () => {
  killed.signal("SIGKILL");
  await killed.ended;
  await proxy.close();
  await other.stop();
});

test("what was committed when its service was killed by -9 before the answer is done once, however often it is sent again", async () => {
  const { projects, apiKeys, audit, verification } = other.clients;
  const projectId = await newProject(other.clients);
  const { id: apiKeyId, value } = await newApiKey(other.clients, projectId, { withSigningSecret: true });
  const named = () => ({ requestId: randomUUID() });
  const calls = {
    create: { projectId, name: uniqueName("key"), expiration: fromNow(dayMs), withSigningSecret: true, ...named() },
    rotate: { projectId, apiKeyId, gracePeriod: { seconds: 3600n }, ...named() },
    createProject: { name: uniqueName("project"), ...named() },
  };
  const lost = createClients(transportTo(await killed.ready, other.rootKey));
  await lost.apiKeys.getApiKey({ projectId, apiKeyId });

  proxy.muteCommits();
  const answers = [
    lost.apiKeys.createApiKey(calls.create),
    lost.apiKeys.rotateApiKey(calls.rotate),
    lost.projects.createProject(calls.createProject),
  ];
  const settled = Promise.allSettled(answers);
  const committed = () =>
    other.db
      .selectFrom("altalune_request_ids")
      .select("request_id")
      .where(
        "request_id",
        "in",
        Object.values(calls).map(({ requestId }) => requestId),
      )
      .execute();
  await expect.poll(async () => (await committed()).length, { timeout: 20_000 }).toBe(answers.length);
  killed.signal("SIGKILL");
  await killed.ended;
  expect((await settled).map(({ status }) => status)).toEqual(answers.map(() => "rejected"));

  const created = await apiKeys.createApiKey(calls.create);
  expect(created).toMatchObject({ apiKey: { name: calls.create.name }, keyValue: "", signingSecret: "" });
  const rotated = await apiKeys.rotateApiKey(calls.rotate);
  expect(rotated).toMatchObject({ apiKey: { id: apiKeyId }, keyValue: "" });
  const { project } = await projects.createProject(calls.createProject);
  expect(await apiKeys.createApiKey(calls.create)).toMatchObject({ apiKey: created.apiKey, keyValue: "" });
  expect(await projects.createProject(calls.createProject)).toMatchObject({ project });

  const { data: keys } = await apiKeys.queryApiKeys({ projectId });
  expect(keys.map(({ id }) => id).toSorted()).toEqual([apiKeyId, created.apiKey?.id].toSorted());
  const made = await projects.queryProjects({ query: { filters: { name: { values: [calls.createProject.name] } } } });
  expect(made.data.map(({ id }) => id)).toEqual([project?.id]);
  const { data: events } = await audit.queryAuditEvents({ projectId });
  expect(events.map(({ action }) => action).toSorted()).toEqual([
    "api_key.created",
    "api_key.created",
    "api_key.rotated",
    "project.created",
  ]);
  expect(await verification.verifyApiKey({ key: value })).toMatchObject({ valid: true });

  // The value that nobody got is replaced as the answer says.
  const replaced = await apiKeys.rotateApiKey({ projectId, apiKeyId: created.apiKey?.id ?? "", ...named() });
  expect(await verification.verifyApiKey({ key: replaced.keyValue })).toMatchObject({ valid: true });
}, 90_000);
