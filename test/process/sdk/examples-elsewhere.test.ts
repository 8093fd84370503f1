import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { ask } from "../../rules/sdk/ask.js";
import { type GuardedProject, makeGuardedProject } from "../../rules/sdk/guarded-project.js";
import { rows } from "../../rules/sdk/verdicts.js";
import { test } from "../../support/shared-instance.js";
import { needTool } from "../../support/tools.js";
import { everythingMustRun, provenOnlyIf } from "../../support/unproven.js";
import { expectGuarded, expectStatuses, ordersAt } from "./guarded.js";
import { freshProject, packSdk } from "./packed.js";
import { running } from "./running.js";

const run = promisify(execFile);

// Half a gigabyte of other people's packages is more than everybody's run should ask for.
test.beforeEach(({ skip }) =>
  provenOnlyIf(skip, everythingMustRun, {
    what: "the examples for FastAPI, Go and Next",
    why: "they install much from elsewhere",
    remedy: "run with CI=true",
  }),
);

let keys: GuardedProject;
let env: Readonly<Record<string, string>>;
let folder: string;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
  env = { ALTALUNE: instance.url, ROOT_KEY: instance.rootKey, PROJECT_ID: keys.projectId };
  folder = await mkdtemp(join(tmpdir(), "altalune-example-"));
});
test.afterAll(async () => {
  await rm(folder, { recursive: true });
});

test("the example for FastAPI guards its orders, and is closed while Altalune is away", async ({ skip }) => {
  const python = needTool(skip, "python3");
  needTool(skip, "pip3");
  const [cwd, packages] = [join(folder, "fastapi"), join(folder, "packages")];
  await cp("examples/fastapi", cwd, { recursive: true });
  await run(python, ["-m", "pip", "install", "--quiet", "--target", packages, "--requirement", "requirements.txt"], {
    cwd,
  });
  const served = (altalune: string) =>
    running({
      command: "sh",
      args: ["-c", `exec "${python}" -m uvicorn api:app --port "$PORT"`],
      cwd,
      env: { ...env, ALTALUNE: altalune, PYTHONPATH: packages },
    });
  await using api = await served(env["ALTALUNE"] ?? "");
  await expectStatuses(ordersAt(api.url), keys);
  await using alone = await served("http://127.0.0.1:1");
  expect((await ask(ordersAt(alone.url).reading, ["X-API-Key", keys.good])).status).toBe(503);
});

test("the example for Go guards its orders, and is closed while Altalune is away", async ({ skip }) => {
  const go = needTool(skip, "go");
  const plugins = [needTool(skip, "protoc-gen-go"), needTool(skip, "protoc-gen-connect-go")].map(dirname);
  const [cwd, client] = [join(folder, "examples/go-net-http"), join(folder, "clients/go")];
  await cp("examples/go-net-http", cwd, { recursive: true });
  await run("npm", ["run", "--silent", "generate:imports"]);
  await run("buf", ["generate", "--template", "examples/buf.gen.go.yaml", "--output", folder], {
    env: { ...process.env, PATH: [...plugins, process.env["PATH"]].join(delimiter) },
  });
  await run(go, ["mod", "init", "example.com/altalune"], { cwd: client });
  await run(go, ["mod", "tidy"], { cwd: client });
  await run(go, ["mod", "tidy"], { cwd });
  await run(go, ["build", "-o", "api", "."], { cwd });
  await using api = await running({ command: join(cwd, "api"), cwd, env });
  await expectStatuses(ordersAt(api.url), keys);
  await using alone = await running({
    command: join(cwd, "api"),
    cwd,
    env: { ...env, ALTALUNE: "http://127.0.0.1:1" },
  });
  expect((await ask(ordersAt(alone.url).reading, ["X-API-Key", keys.good])).status).toBe(503);
});

test.describe("the example for Next", () => {
  let cwd: string;
  test.beforeAll(async () => {
    if (everythingMustRun) {
      cwd = await installNext();
    }
  });
  test.afterAll(async () => {
    if (everythingMustRun) {
      await rm(cwd, { recursive: true });
    }
  });

  test("guards its orders", async () => {
    await using api = await running({
      command: join(cwd, "node_modules/.bin/next"),
      args: ["dev"],
      cwd,
      env: { ...env, NEXT_TELEMETRY_DISABLED: "1" },
    });
    await expectGuarded(
      ordersAt(api.url),
      keys,
      rows.filter(({ dropped }) => !dropped),
    );
  });
});

/** The example in a folder of its own, with all that it names. */
async function installNext(): Promise<string> {
  const { dependencies } = JSON.parse(readFileSync("examples/next/package.json", "utf8"));
  const tarball = await packSdk();
  const others = Object.entries(dependencies).filter(([name]) => name !== "@altalune/sdk");
  const project = await freshProject(tarball, ...others.map(([name, version]) => `${name}@${version}`));
  await rm(dirname(tarball), { recursive: true });
  await cp("examples/next", project, { recursive: true });
  return project;
}
