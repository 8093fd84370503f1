import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import { filledOnce } from "../../support/filled-once.js";
import { everythingMustRun, provenOnlyIf } from "../../support/unproven.js";

/** The versions that run the SDK beside the one that tests run on. */
const versions = { 20: "20.20.2", 22: "22.23.3" } as const;

/** A Node of this major version: the one that runs, or one of npm's. */
export async function nodeOf(major: "20" | "22" | "24", skip: TestContext["skip"]): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) {
    return process.execPath;
  }
  const version = major === "24" ? undefined : versions[major];
  provenOnlyIf(skip, version !== undefined && everythingMustRun, {
    what: `the SDK on Node ${major}`,
    why: "it is fetched for that",
    remedy: "run with CI=true on the Node of the lock file",
  });
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const place = await filledOnce(`${name}-${version}`, (folder) =>
    promisify(execFile)("npm", ["install", "--no-save", "--prefix", folder, `${name}@${version}`]),
  );
  return join(place, "node_modules", name, "bin/node");
}
