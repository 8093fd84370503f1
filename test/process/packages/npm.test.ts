import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readmeBlock } from "../../support/readme.js";
import { everythingMustRun, provenOnlyIf } from "../../support/unproven.js";
import { type Packed, pack } from "../sdk/packed.js";
import { type Installed, installAlone } from "./installed.js";

let packed: Packed;
const installed: Installed[] = [];
beforeAll(async () => {
  packed = await pack(["--ignore-scripts"]);
});
afterAll(async () => {
  const folders = [dirname(packed.tarball), ...installed.map(({ folder }) => folder)];
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

test("the package holds the command, the contract and the pages, and nothing that only we need", () => {
  const { files } = packed;
  const places = new Set(files.map((file) => file.split("/")[0]));
  expect([...places].sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "deploy",
    "dist",
    "docs",
    "examples",
    "package.json",
    "proto",
  ]);
  expect(files).toContain("docs/operations.md");
  expect(files).not.toContain("docs/architecture.md");
  const built = files.filter((file) => file.startsWith("dist/"));
  // What is seldom needed is in files of its own, as the bundler parts it.
  const bundled = /^dist\/bundle\/cli\/[\w-]+\.js(\.map)?$/;
  const entries = ["main", "side-thread-start", "argon2-thread", "estimator"].map(
    (name) => `dist/bundle/cli/${name}.js`,
  );
  expect(built).toEqual(expect.arrayContaining(entries));
  // As the bundler parts the console, each named by its content.
  const assets = /^dist\/console\/assets\/[\w-]+\.(js|css)$/;
  expect(built.some((file) => assets.test(file))).toBe(true);
  expect(built.filter((file) => !bundled.test(file) && !assets.test(file)).sort()).toEqual([
    "dist/bundle/licenses.txt",
    "dist/console/index.html",
    "dist/console/licenses.txt",
    "dist/console/portal.html",
    "dist/viewer/LICENSE",
    "dist/viewer/NOTICE",
    "dist/viewer/swagger-ui-bundle.js",
    "dist/viewer/swagger-ui-bundle.js.LICENSE.txt",
    "dist/viewer/swagger-ui.css",
  ]);
  expect(packed.size).toBeLessThan(3_000_000);
});

test("its source maps lead to what was written here, and not to libraries", async () => {
  const maps = packed.files.filter((file) => file.endsWith(".js.map"));
  const contents = await Promise.all(maps.map((file) => readFile(file, "utf8")));
  const sources = contents.flatMap(
    (content) => (JSON.parse(content) as { readonly sources: readonly string[] }).sources,
  );
  expect(sources).toContain("../../../src/cli/program.ts");
  expect(sources.filter((source) => source.includes("node_modules"))).toEqual([]);
});

test("the package serves from an empty folder, to root and to an ordinary user, on whichever Node installed it", async ({
  skip,
}) => {
  provenOnlyIf(skip, everythingMustRun && process.getuid?.() === 0, {
    what: "installing the package from npm",
    why: "it brings a Node and a Postgres of 300 MB, to root and to another user",
    remedy: "run as root with CI=true",
  });
  const root = await installAlone(packed.tarball, { uid: 0, gid: 0 });
  installed.push(root);
  await expectFirstKey(root);
  const user = await installAlone(packed.tarball, { uid: 65534, gid: 65534, cache: root.cache });
  installed.push(user);
  await expectFirstKey(user);
}, 600_000);

/** What a reader of the README does first. */
async function expectFirstKey({ serve }: Installed): Promise<void> {
  const service = await serve();
  const block = readmeBlock("first key")
    .replaceAll("http://127.0.0.1:8080", service.url)
    .replace(/^ROOT_KEY=.*$/m, `ROOT_KEY=${service.rootKey}`);
  expect((await service.bash(block)).trim()).toMatch(/^sk-[0-9A-Za-z]{49}$/);
  for (const page of ["/openapi.json", "/docs", "/docs/viewer.js", "/console"]) {
    expect((await fetch(service.url + page)).status).toBe(200);
  }
  await service.stop();
}
