import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const imports = new URL("./typescript-imports.mjs", import.meta.url);

/**
 * Runs a TypeScript file of ours as a process of its own, for tests that kill one. Node strips the types, so the file and
 * what it imports hold no syntax that emits code (enums, parameter properties).
 */
export function runTypeScript(file: URL, args: readonly string[], options: SpawnOptions): ChildProcess {
  return spawn(process.execPath, ["--import", imports.href, fileURLToPath(file), ...args], options);
}
