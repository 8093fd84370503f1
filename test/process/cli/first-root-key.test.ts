import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test, vi } from "vitest";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";
import { createClients, transportTo } from "../../support/instance.js";
import { type Serving, serve, spawnCommand } from "./command.js";
import { emptyDatabase, ownDatabase, query } from "./databases.js";

// Starting processes takes as long as the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

const rootKeyForm = /alt_root_[0-9A-Za-z]{49}/g;

test("the first start shows a root key on stdout, and nowhere in its log", async () => {
  const env = { ...(await ownDatabase()), LOG_LEVEL: "trace" };
  const server = await serve(env);
  const rootKey = server.rootKey();
  expect(new Set(server.stdout().match(rootKeyForm))).toEqual(new Set([rootKey]));
  expect(server.stderr()).not.toContain(rootKey.slice("alt_root_".length));
  const { project } = await createClients(transportTo(server.url, rootKey)).projects.createProject({ name: "first" });
  expect(project?.name).toBe("first");
  expect(await server.stop()).toBe(0);

  const again = await serve(env);
  expect(again.stdout()).not.toMatch(rootKeyForm);
  expect(again.stdout()).toContain("root-key create --scope");
  const { data } = await createClients(transportTo(again.url, rootKey)).projects.queryProjects({});
  expect(data).toHaveLength(1);
});

test("it is shown before /readyz says that the service is ready", async () => {
  const port = await freePort();
  const child = spawnCommand(["serve"], { ...(await ownDatabase()), PORT: String(port) });
  const over = once(child, "exit");
  for (let ready = false; !ready; ) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    ready = answer?.status === 200;
    await answer?.body?.cancel();
  }
  // Killed at once, so that what it printed, it printed before.
  child.kill("SIGKILL");
  const printed = child.stdout === null ? "" : await text(child.stdout);
  await over;
  expect(printed).toMatch(rootKeyForm);
});

test("with ALTALUNE_ROOT_KEY none is made or shown", async () => {
  const environment = await ownDatabase();
  const rootKey = "environment-root-key-of-40-characters-xx";
  const server = await serve({ ...environment, ALTALUNE_ROOT_KEY: rootKey });
  expect(server.stdout() + server.stderr()).not.toMatch(rootKeyForm);
  expect(server.stdout() + server.stderr()).not.toContain(rootKey);
  expect(await query(environment, "select from altalune_project_api_keys")).toEqual([]);
});

test("five servers started at once on an empty database all come up, and one of them makes the one root key and the one set-up link", async () => {
  const env = await emptyDatabase();
  const servers = await Promise.all(Array.from({ length: 5 }, () => serve(env)));
  const shown = servers.flatMap(({ stdout }) => [...new Set(stdout().match(rootKeyForm))]);
  expect(shown).toHaveLength(1);
  expect(await query(env, "select from altalune_project_api_keys where project_id = 0")).toHaveLength(1);
  const events = await query(env, "select action from altalune_audit_events order by sequence");
  expect(events).toEqual([{ action: "root_key.created" }, { action: "setup_link.created" }]);

  const at = (server: Serving) => createClients(transportTo(server.url, shown[0]));
  const [first] = servers;
  const { project } = first ? await at(first).projects.createProject({ name: "seen by all" }) : {};
  for (const server of servers) {
    const found = await at(server).projects.getProject({ projectId: project?.id ?? "" });
    expect(found.project?.name).toBe("seen by all");
    const query = { pagination: { pageSize: 1 } };
    expect((await at(server).projects.queryProjects({ query })).data).toHaveLength(1);
  }
  expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0, 0, 0, 0]);
});

test("two servers started at once on a fresh database make exactly one root key", async () => {
  const env = await ownDatabase();
  const servers = await Promise.all([serve(env), serve(env)]);
  const shown = servers.flatMap(({ stdout }) => [...new Set(stdout().match(rootKeyForm))]);
  expect(shown).toHaveLength(1);
  expect(await query(env, "select from altalune_project_api_keys where project_id = 0")).toHaveLength(1);
});
