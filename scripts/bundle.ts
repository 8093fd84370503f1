/**
 * Puts the command and the libraries that it loads into a few files under dist/bundle: finding and reading hundreds was
 * most of what its start cost. Does nothing when nothing was compiled or installed since the last time.
 */
import { chmodSync, globSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build, type Plugin } from "rolldown";
import { bundledLicenses } from "./licenses.ts";
import { makeOnce } from "./made-from.ts";

const folder = "dist/bundle";
const inputs = [
  "dist/.tsbuildinfo",
  "{packages/*,sdk}/dist/.tsbuildinfo",
  "package-lock.json",
  "scripts/bundle.ts",
  "scripts/made-from.ts",
  "scripts/no-cosmiconfig.ts",
];

/** Mappings of libraries lead to nothing of ours, and a process decodes all when it shows its first stack, and keeps them. */
const libraryMapsDropped: Plugin = {
  name: "library-maps-dropped",
  transform: {
    filter: { id: /\/node_modules\// },
    handler: (code) => ({ code, map: { mappings: "" } }),
  },
};

const state = globSync(inputs)
  .sort()
  .map((file) => `${file} ${statSync(file).mtimeMs}`)
  .join("\n");
await makeOnce(folder, state, async () => {
  const { output } = await build({
    // The others are what threads of the first load.
    input: {
      main: "src/cli/main.ts",
      "side-thread-start": "src/platform/side-thread-start.ts",
      "argon2-thread": "src/platform/argon2-thread.ts",
      estimator: "src/domain/password/estimator.ts",
    },
    platform: "node",
    // Native, and loaded where Node has no argon2 of its own.
    external: ["@node-rs/argon2"],
    resolve: {
      conditionNames: ["altalune-source", "node"],
      extensionAlias: { ".js": [".ts", ".js"] },
      alias: { cosmiconfig: resolve("scripts/no-cosmiconfig.ts") },
    },
    logLevel: "warn",
    plugins: [libraryMapsDropped],
    output: {
      dir: `${folder}/cli`,
      // Chunks of before would be published, too.
      cleanDir: true,
      format: "esm",
      sourcemap: true,
      // What stack traces need; the sources would be two thirds of all that people download.
      sourcemapExcludeSources: true,
      // Without the spaces and comments of the libraries, which are half of it. Names stay as stack traces show them.
      minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
      // The same names each time, for the cache of what was compiled.
      chunkFileNames: "[name].js",
    },
  });
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  writeFileSync(`${folder}/licenses.txt`, bundledLicenses(modules));
  // For npx, which runs the file itself.
  chmodSync(`${folder}/cli/main.js`, 0o755);
});
