/**
 * Puts the console and the portal into dist/console, each file named by its content. Does nothing when neither its sources nor what they are built with
 * changed since the last time.
 */
import { createHash } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build, type Rolldown } from "vite";
import { bundledLicenses } from "./licenses.ts";
import { makeOnce } from "./made-from.ts";

const folder = "dist/console";
const inputs = [
  "console/{index.html,portal.html,src/**/*}",
  "sdk/src/gen/**/*.ts",
  "package-lock.json",
  "scripts/console.ts",
  "scripts/theme-css.ts",
];

const state = globSync(inputs, { withFileTypes: true })
  .filter((file) => file.isFile())
  .map((file) => resolve(file.parentPath, file.name))
  .sort()
  .reduce((hash, path) => hash.update(path).update("\0").update(readFileSync(path)), createHash("sha256"))
  .digest("base64url");
await makeOnce(folder, state, async () => {
  // Loaded late: it reads the component library.
  const { themeCss } = await import("./theme-css.ts");
  const built = await build({
    configFile: false,
    root: "console",
    base: "/console/",
    logLevel: "warn",
    plugins: [themeCss()],
    resolve: { conditions: ["altalune-source", "module", "browser", "production"] },
    oxc: { jsx: { runtime: "automatic" } },
    build: {
      outDir: resolve(folder),
      emptyOutDir: true,
      target: "es2023",
      // Polyfills and inlined files would be inline scripts and styles, or data: addresses.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: { index: resolve("console/index.html"), portal: resolve("console/portal.html") },
        // Of a file's name, such as that of a style sheet, its own dots are not kept.
        output: { chunkFileNames: ({ name }) => `assets/${name.replaceAll(/\W+/g, "-")}-[hash].js` },
        // "use client", which the component library says in each file, is for servers that draw pages.
        onLog: (level, log, next) => log.code === "MODULE_LEVEL_DIRECTIVE" || next(level, log),
      },
    },
  });
  const { output } = built as Rolldown.RolldownOutput;
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  writeFileSync(`${folder}/licenses.txt`, bundledLicenses(modules));
});
