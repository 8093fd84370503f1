import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "rolldown";
import { describe, expect } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { readmeBlock } from "../../support/readme.js";
import { test } from "../../support/shared-instance.js";
import { nodeOf } from "./nodes.js";
import { firstBlock, freshProject, packSdk } from "./packed.js";
import { running } from "./running.js";

const run = promisify(execFile);
const { dependencies, exports } = JSON.parse(readFileSync("sdk/package.json", "utf8"));
/** That which tests run on, and older ones that are promised. */
const nodes = ["24", "22", "20"] as const;

let tarball: string;
let folder: string;
test.beforeAll(async () => {
  const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  tarball = await packSdk();
  folder = await freshProject(tarball, `express@${devDependencies.express}`, "react");
});
test.afterAll(async () => {
  await Promise.all([folder, dirname(tarball)].map((made) => rm(made, { recursive: true })));
});

describe("the packed SDK, in a project of its own", () => {
  test("brings three packages and nothing of ours but what it needs", async () => {
    expect(Object.keys(dependencies)).toEqual(["@bufbuild/protobuf", "@connectrpc/connect", "@connectrpc/connect-web"]);
    const installed = join(folder, "node_modules/@altalune/sdk");
    expect((await readdir(installed)).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json", "src"]);
    expect(await readdir(join(installed, "dist"))).not.toContain(".tsbuildinfo");
  });

  test.for(nodes)("is read on Node %s, with no framework but Express and React there", async (major, { skip }) => {
    const node = await nodeOf(major, skip);
    const names = Object.keys(exports).map((path) => `@altalune/sdk${path.slice(1)}`);
    const script = `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import(name)).length)`;
    const { stdout } = await runNode(node, ["--input-type=module", "--eval", script]);
    expect(stdout.trim().split("\n")).toHaveLength(names.length);
    expect(stdout).not.toMatch(/ 0$/m);
  });

  test.for(nodes)(
    "runs the quick start of its README on Node %s as it is printed",
    async (major, { instance, skip }) => {
      const node = await nodeOf(major, skip);
      const projectId = await newProject(instance.clients);
      const { value } = await newApiKey(instance.clients, projectId, { ownerId: "user_1", scopes: ["orders:read"] });
      await writeFile(join(folder, "api.mjs"), firstBlock(readFileSync("sdk/README.md", "utf8"), "js"));
      const env = { ALTALUNE: instance.url, ROOT_KEY: instance.rootKey, PROJECT_ID: projectId };
      await using api = await running({ command: node, args: ["api.mjs"], cwd: folder, env });
      const url = `${api.url}/orders`;
      const headers = { "x-api-key": value };
      expect(await (await fetch(url, { headers })).json()).toEqual({ owner: "user_1" });
      expect((await fetch(url, { method: "POST", headers })).status).toBe(403);
      expect((await fetch(url, { headers: { "x-api-key": "garbage" } })).status).toBe(401);
    },
  );

  test("guards an API by the lines of the project's README", async ({ instance }) => {
    const projectId = await newProject(instance.clients);
    const { value } = await newApiKey(instance.clients, projectId, { ownerId: "user_1" });
    const lines = readmeBlock("Express")
      .replace("http://127.0.0.1:8080", instance.url)
      .replace("listen(3000)", "listen(process.env.PORT)");
    await writeFile(join(folder, "readme.mjs"), lines);
    const env = { VERIFY_KEY: instance.rootKey, PROJECT_ID: projectId };
    await using api = await running({ command: process.execPath, args: ["readme.mjs"], cwd: folder, env });
    expect(await (await fetch(api.url, { headers: { "x-api-key": value } })).text()).toBe("hello user_1");
    expect((await fetch(api.url)).status).toBe(401);
  });

  test("is bundled for Workers without a module of Node's, and guards there", async ({ instance }) => {
    const projectId = await newProject(instance.clients);
    const { value } = await newApiKey(instance.clients, projectId, { ownerId: "user_1" });
    await writeFile(join(folder, "worker.js"), worker);
    const warnings: string[] = [];
    const made = await build({
      input: join(folder, "worker.js"),
      platform: "neutral",
      resolve: { mainFields: ["module", "main"], conditionNames: ["workerd", "worker", "browser", "import"] },
      onLog: (_level, { message }) => void warnings.push(message),
      write: false,
      output: { format: "esm" },
    });
    const [bundle] = made.output;
    expect(warnings).toEqual([]);
    expect(made.output).toHaveLength(1);
    expect(bundle.imports).toEqual([]);
    expect(bundle.code).not.toMatch(/["']node:|\brequire\(/);
    const { default: app } = await import(`data:text/javascript;base64,${Buffer.from(bundle.code).toString("base64")}`);
    const env = { ALTALUNE: instance.url, ROOT_KEY: instance.rootKey, PROJECT_ID: projectId };
    const answer = (headers: object) =>
      app.fetch(new Request("http://worker.example.com/", { headers: { ...headers } }), env);
    expect(await (await answer({ "x-api-key": value })).text()).toBe("user_1");
    expect((await answer({})).status).toBe(401);
  });

  test("compiles in a project that knows the types of no framework, and of Node neither", async () => {
    await writeFile(join(folder, "typed.ts"), typed);
    const options = [
      "--strict",
      "--noEmit",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom,esnext.disposable",
      "--types",
      "",
    ];
    const tsc = join(process.cwd(), "node_modules/typescript/bin/tsc");
    const { stdout } = await runNode(process.execPath, [tsc, ...options, "typed.ts"]).catch((error) => error);
    expect(stdout).toBe("");
  });
});

const worker = `
  import { createAltalune } from "@altalune/sdk";
  import "@altalune/sdk/hono";
  import { guard } from "@altalune/sdk/next";
  export default {
    fetch(request, { ALTALUNE, ROOT_KEY, PROJECT_ID }) {
      const altalune = createAltalune({ url: ALTALUNE, rootKey: ROOT_KEY });
      const guarded = guard({ altalune, projectId: PROJECT_ID });
      return guarded((request) => new Response(request.apiKey.ownerId))(request);
    },
  };
`;

const typed = `
  import { AltaluneError, createAltalune, signRequest, type VerifiedApiKey } from "@altalune/sdk";
  import { guard } from "@altalune/sdk/next";
  import { fakeAltalune } from "@altalune/sdk/testing";
  const altalune = createAltalune({ url: "http://127.0.0.1:8080", rootKey: "alt_root_x" });
  export const GET = guard({ altalune, projectId: "7fqk2m9xw3tbzp" })((request, { id }: { id: number }) => {
    const key: VerifiedApiKey = request.apiKey;
    return Response.json({ owner: key.ownerId, id: id.toFixed() });
  });
  export const valid: boolean = (await altalune.verification.verifyApiKey({ key: "x" })).valid;
  export const others = [AltaluneError, signRequest, fakeAltalune];
`;

function runNode(node: string, args: readonly string[]) {
  return run(node, args, { cwd: folder });
}
