import { once } from "node:events";
import { expect, test } from "vitest";
import { post } from "../../rules/server/clients.js";
import { dayMs, fromNow, newProject } from "../../support/fixtures.js";
import { type Clients, createClients, transportTo } from "../../support/instance.js";
import { type Serving, serve } from "./command.js";
import { ownDatabase, query } from "./databases.js";
import { holdChanges } from "./in-flight.js";

test("SIGTERM finishes the rpc in flight, takes no other, and exits with 0", async () => {
  const { env, server, clients, projectId } = await start();
  const hold = await holdChanges(env, projectId);
  const creating = create(clients, projectId);
  await hold.untilInFlight();
  const over = once(server.process, "exit");
  server.process.kill("SIGTERM");
  await untilDraining(server);
  const late = await post(`${server.url}/altalune.v1.ProjectService/QueryProjects`, "{}");
  expect(await late.json()).toMatchObject({ code: "unavailable" });
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);

  await hold.release();
  expect((await creating).keyValue).toMatch(/^sk-/);
  expect(await over).toEqual([0, null]);
  expect(await query(env, "select from altalune_project_api_keys where project_id <> 0")).toHaveLength(1);
  expect(logged(server).at(-1)).toBe("stopped");
});

test("Ctrl-C drains all the same when it comes twice, from the terminal and from npm", async () => {
  const { env, server, clients, projectId } = await start();
  const hold = await holdChanges(env, projectId);
  const creating = create(clients, projectId);
  await hold.untilInFlight();
  const over = once(server.process, "exit");
  process.kill(-(server.process.pid ?? Number.NaN), "SIGINT");
  server.process.kill("SIGINT");
  await untilDraining(server);
  await hold.release();
  expect((await creating).apiKey?.id).toHaveLength(14);
  expect(await over).toEqual([0, null]);
});

test("an idle connection that a client keeps does not keep the server", async () => {
  const { server } = await start();
  expect((await fetch(`${server.url}/healthz`, { headers: { connection: "keep-alive" } })).status).toBe(200);
  expect(await server.stop("SIGINT")).toBe(0);
  expect(logged(server)).toEqual(expect.arrayContaining(["ready", "stopping", "stopped"]));
});

async function start() {
  const env = await ownDatabase();
  const server = await serve(env);
  const clients = createClients(transportTo(server.url, server.rootKey()));
  return { env, server, clients, projectId: await newProject(clients) };
}

function create({ apiKeys }: Clients, projectId: string) {
  return apiKeys.createApiKey({ projectId, name: "in flight", expiration: fromNow(dayMs) });
}

async function untilDraining({ url }: Serving): Promise<void> {
  for (let reasons = ""; !reasons.includes("draining"); ) {
    reasons = await (await fetch(`${url}/readyz`)).text();
  }
}

function logged({ stderr }: Serving): readonly string[] {
  return stderr()
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
}
