import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { ask } from "../../rules/sdk/ask.js";
import { type GuardedProject, makeGuardedProject } from "../../rules/sdk/guarded-project.js";
import { test } from "../../support/shared-instance.js";
import { expectGuarded, ordersAt } from "./guarded.js";
import { freshProject, packSdk } from "./packed.js";
import { running } from "./running.js";

const examples = ["express", "fastify", "hono", "connect"];

let folder: string;
let keys: GuardedProject;
let env: Readonly<Record<string, string>>;
test.beforeAll(async ({ instance }) => {
  const tarball = await packSdk();
  folder = await freshProject(tarball, ...new Set(examples.flatMap(dependenciesOf)));
  await rm(dirname(tarball), { recursive: true });
  for (const name of examples) {
    await cp(`examples/${name}`, join(folder, name), { recursive: true });
  }
  keys = await makeGuardedProject(instance);
  const path = [join(folder, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  env = { ALTALUNE: instance.url, ROOT_KEY: instance.rootKey, PROJECT_ID: keys.projectId, PATH: path };
});
test.afterAll(async () => {
  await rm(folder, { recursive: true });
});

test.for(["express", "fastify", "hono"])("the example for %s guards its orders", async (name) => {
  await using api = await running({ command: "npm", args: ["start"], cwd: join(folder, name), env });
  await expectGuarded(ordersAt(api.url), keys);
  expect((await ask({ url: `${api.url}/healthz` })).status).toBe(200);
});

test("the example for Connect guards its orders", async () => {
  await promisify(execFile)("buf", ["generate"], { cwd: join(folder, "connect"), env: { ...process.env, ...env } });
  await using api = await running({ command: "node", args: ["api.js"], cwd: join(folder, "connect"), env });
  const rpc = (name: string) => ({ url: `${api.url}/orders.v1.OrdersService/${name}`, message: {} });
  const [reading, writing] = [rpc("ListOrders"), rpc("CreateOrder")];
  expect(JSON.parse((await ask(reading, ["X-API-Key", keys.good])).body)).toEqual({ owner: "user_1" });
  expect((await ask(reading)).status).toBe(401);
  expect((await ask(writing, ["X-API-Key", keys.good])).status).toBe(200);
  const refused = await ask(writing, ["X-API-Key", keys.readOnly]);
  expect([refused.status, refused.headers["x-altalune-code"]]).toEqual([403, "INSUFFICIENT_SCOPE"]);
});

/** What an example asks for, but for the SDK, which was packed here. */
function dependenciesOf(name: string): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(`examples/${name}/package.json`, "utf8"));
  return Object.entries(dependencies)
    .filter(([dependency]) => dependency !== "@altalune/sdk")
    .map(([dependency, version]) => `${dependency}@${version}`);
}
