/**
 * Puts the command and the libraries that it loads into a few files under dist/bundle: finding and reading hundreds was
 * most of what its start cost. Does nothing when nothing was compiled or installed since the last time.
 */
import { chmodSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { build } from "rolldown";

const folder = "dist/bundle";
const marker = `${folder}/.made-from`;
const inputs = ["dist/.tsbuildinfo", "{packages/*,sdk}/dist/.tsbuildinfo", "package-lock.json", "scripts/bundle.ts"];

const state = globSync(inputs)
  .sort()
  .map((file) => `${file} ${statSync(file).mtimeMs}`)
  .join("\n");
if (state !== lastState()) {
  rmSync(marker, { force: true });
  await build({
    input: "src/cli/main.ts",
    platform: "node",
    resolve: {
      conditionNames: ["altalune-source", "node"],
      extensionAlias: { ".js": [".ts", ".js"] },
    },
    logLevel: "warn",
    output: {
      dir: `${folder}/cli`,
      format: "esm",
      sourcemap: true,
      // The same names each time, for the cache of what was compiled.
      chunkFileNames: "[name].js",
    },
  });
  // For npx, which runs the file itself.
  chmodSync(`${folder}/cli/main.js`, 0o755);
  writeFileSync(marker, state);
}

function lastState(): string | undefined {
  try {
    return readFileSync(marker, "utf8");
  } catch {
    return undefined;
  }
}
