#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

requireNode();
// What is loaded from here on is compiled once, not at each start. Beside the code that it is made of, so that whoever
// could change it could change that too; where this folder cannot be written there is no cache.
module.enableCompileCache(fileURLToPath(new URL("../../.compile-cache", import.meta.url)));
const { run } = await import("./program.js");
await run();

/** An older Node fails in the middle of things, with words that say nothing. */
function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    process.stderr.write(
      `altalune: needs Node 22.18 or newer, and this is ${process.versions.node}; its own comes with the package: run it as npx altalune\n`,
    );
    process.exit(1);
  }
}
