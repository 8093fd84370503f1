import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished } from "vitest";
import { test } from "../../support/shared-instance.js";

const run = promisify(execFile);
const example = resolve("examples/openapi-fetch");

test("a client that openapi-typescript makes of /openapi.json creates, lists, rotates and verifies, and its types hold", async ({
  instance,
}) => {
  const folder = await copyOfExample();
  const env = { ...process.env, ALTALUNE: instance.url, ROOT_KEY: instance.rootKey };
  const script = async (name: string) =>
    (await run("npm", ["run", "--silent", name], { cwd: folder, env, shell: process.platform === "win32" })).stdout;
  await script("generate");
  expect((await script("start")).split("\n")).toEqual([
    "listed: [ 'Build server' ]",
    "verified: true VERIFICATION_CODE_VALID",
    "verified: false VERIFICATION_CODE_EXPIRED",
    "refused: 404 PROJECT_NOT_FOUND",
    "",
  ]);

  const wrong = [
    'altalune.POST("/v1/api_keys:verify", { body: { key: "k", requiredScopes: "a" } });',
    'altalune.POST("/v1/projects", { body: {} });',
    'altalune.GET("/v1/tiers", { params: { query: { sort: "limits" } } });',
    'altalune.PUT("/v1/projects", {});',
  ];
  const lines = readFileSync(`${folder}/keys.ts`, "utf8").split("\n").length;
  await appendFile(`${folder}/keys.ts`, wrong.map((line) => `${line}\n`).join(""));
  const said = await script("check").catch((error: { readonly stdout: string }) => error.stdout);
  const refused = [...said.matchAll(/^(.*)\((\d+),\d+\): error TS/gm)].map(([, file, line]) => [file, Number(line)]);
  expect(refused, said).toEqual(wrong.map((_, i) => ["keys.ts", lines + i]));
});

/** Beside the checkout's other packages, which the example finds there. */
async function copyOfExample(): Promise<string> {
  await mkdir(".generate", { recursive: true });
  const folder = await mkdtemp(resolve(".generate/openapi-fetch-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(example, folder, { recursive: true, filter: (path) => basename(path) !== "node_modules" });
  await symlink(`${example}/node_modules`, `${folder}/node_modules`, "junction");
  return folder;
}
