import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { layoutOf } from "../../../packages/embedded-postgres/src/layout.js";
import { readPostmasterFile } from "../../../packages/embedded-postgres/src/postmaster-file.js";
import { stopPostmaster } from "../../../packages/embedded-postgres/src/stop-postmaster.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { createClients, transportTo } from "../../support/instance.js";
import { madeDataDir, newDataDir } from "../../support/made-data-dir.js";
import { altalune, type Environment, type Serving, serve } from "./command.js";

// Starting processes takes as long as the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

test("without DATABASE_URL a service keeps its keys over a restart and over a kill", async () => {
  const env = await ownFolder();
  let server = await serve(env);
  const rootKey = server.rootKey();
  const at = (running: Serving) => createClients(transportTo(running.url, rootKey));
  const projectId = await newProject(at(server));
  const { value } = await newApiKey(at(server), projectId);
  expect(await server.stop("SIGINT")).toBe(0);
  expect(await postmasterOf(env)).toBeUndefined();

  server = await serve(env);
  expect(server.stdout()).not.toContain("alt_root_");
  expect(await at(server).verification.verifyApiKey({ key: value })).toMatchObject({ valid: true });
  const later = await newApiKey(at(server), projectId);
  await server.stop("SIGKILL");

  server = await serve(env);
  for (const key of [value, later.value]) {
    expect(await at(server).verification.verifyApiKey({ key })).toMatchObject({ valid: true });
  }
  expect(await at(server).audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true, eventsChecked: 3n });
  expect(await server.stop()).toBe(0);
  expect(await postmasterOf(env)).toBeUndefined();
});

test("a command works beside the service, and leaves the service its database", async () => {
  const env = await ownMadeFolder();
  const server = await serve(env);
  const made = await altalune(["root-key", "create", "--scope", "projects:*"], env);
  expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^root key /) });
  const clients = createClients(transportTo(server.url, made.stdout.trim()));
  const { project } = await clients.projects.createProject({ name: "beside" });
  expect(project?.name).toBe("beside");
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

  const second = await altalune(["serve"], { ...env, PORT: "0" });
  expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 1, stdout: "" });
  expect(second.stderr).toMatch(/^altalune: Another Altalune is running on the data folder .*ALTALUNE_DATA_DIR/m);
  expect((await clients.projects.queryProjects({})).data).toHaveLength(1);
});

test("a service and commands that start at once in a new folder agree on one master key", async () => {
  const env = await ownFolder();
  const create = ["root-key", "create", "--scope", "*"];
  const [server, ...made] = await Promise.all([serve(env), altalune(create, env), altalune(create, env)]);
  for (const { code, stdout, stderr } of made) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^root key /m) });
    await createClients(transportTo(server.url, stdout.trim())).projects.queryProjects({});
  }
  const path = join(env.ALTALUNE_DATA_DIR, "master-key");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(Buffer.from(await readFile(path, "utf8"), "base64")).toHaveLength(32);
  expect(await server.stop()).toBe(0);
  expect((await altalune(["root-key", "list"], env)).stdout.trim().split("\n")).toHaveLength(4);
  expect(await postmasterOf(env)).toBeUndefined();
});

test("a master key that is gone is asked for, and no other takes its place", async () => {
  const env = await ownMadeFolder();
  const server = await serve(env);
  await server.stop();
  const path = join(env.ALTALUNE_DATA_DIR, "master-key");
  const masterKey = await readFile(path, "utf8");
  await rm(path);
  const refused = await altalune(["serve"], { ...env, PORT: "0" });
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^altalune: .*master-key is gone: restore it .* or set ALTALUNE_MASTER_KEY/m);
  expect(existsSync(path)).toBe(false);
  expect(await postmasterOf(env)).toBeUndefined();

  const again = await serve({ ...env, ALTALUNE_MASTER_KEY: masterKey });
  expect(await again.stop()).toBe(0);
});

test("a service whose database ends by itself says so and ends too", async () => {
  const env = await ownMadeFolder();
  const server = await serve(env);
  const over = once(server.process, "exit");
  process.kill((await postmasterOf(env))?.pid ?? Number.NaN, "SIGKILL");
  expect(await over).toEqual([1, null]);
  expect(server.stderr()).toMatch(/^altalune: the embedded database ended by itself; see postgres.log in its folder$/m);
});

type FolderEnvironment = Environment & { readonly ALTALUNE_DATA_DIR: string };

/** A data folder of the test's own, whose database ends with the test. */
async function ownFolder(): Promise<FolderEnvironment> {
  const dataDir = newDataDir();
  await mkdir(dataDir, { mode: 0o711 });
  return stoppedWithTest(dataDir);
}

/** The same, for a test that is not about the first start: it spares the initdb. */
async function ownMadeFolder(): Promise<FolderEnvironment> {
  return stoppedWithTest(await madeDataDir());
}

function stoppedWithTest(ALTALUNE_DATA_DIR: string): FolderEnvironment {
  const env = { ALTALUNE_DATA_DIR };
  onTestFinished(async () => {
    const left = await postmasterOf(env);
    if (left !== undefined) {
      await stopPostmaster(left.pid, layoutOf(ALTALUNE_DATA_DIR).pgData, false);
    }
  });
  return env;
}

async function postmasterOf({ ALTALUNE_DATA_DIR }: { readonly ALTALUNE_DATA_DIR: string }) {
  return readPostmasterFile(layoutOf(ALTALUNE_DATA_DIR).pgData);
}

test("the embedded database is asked as it is, whatever PG variables say of another", async () => {
  const env = {
    ALTALUNE_DATA_DIR: await madeDataDir(),
    PGHOST: "elsewhere.invalid",
    PGPORT: "1",
    PGUSER: "somebody",
    PGPASSWORD: "else",
    PGDATABASE: "other",
    PGOPTIONS: "-c search_path=nowhere -c default_transaction_read_only=on",
    PGSSLMODE: "verify-full",
    PGSSLNEGOTIATION: "direct",
    PGREPLICATION: "database",
    PGCLIENT_ENCODING: "LATIN1",
    PGAPPNAME: "other",
  };
  const server = await serve(env);
  await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 10_000 }).toBe(200);
  expect(await altalune(["root-key", "list"], env)).toMatchObject({ code: 0, stderr: "" });
  expect(await server.stop()).toBe(0);
});
