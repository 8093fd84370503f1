import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const imports = new URL("../../support/typescript-imports.mjs", import.meta.url);

/** The modules of the tests that benchmarks import, as all imports of ours are written. */
const borrowed = new Set(
  globSync("bench/*/*.ts").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/from "(?:\.\.\/)+(test\/[^"]+)"/g)].map(([, module = ""]) => module),
  ),
);

test.for([...borrowed])("benchmarks can load %s, where nothing runs tests", (module) => {
  const loads = `console.log(Object.keys(await import(${JSON.stringify(`./${module}`)})).length)`;
  const exports = execFileSync(process.execPath, ["--import", imports.href, "--input-type=module", "--eval", loads], {
    encoding: "utf8",
  });
  expect(Number(exports)).toBeGreaterThan(0);
});

test("there are such modules", () => {
  expect(borrowed.size).toBeGreaterThan(0);
});
