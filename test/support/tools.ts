import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";
import listed from "./tools.json" with { type: "json" };
import { leaveUnproven } from "./unproven.js";

/** A program of others that tests run. */
export type ToolName = keyof typeof listed;

/** What tests prove by a program, and where it comes from. `.ci/install-tools` reads the same list. */
interface Tool {
  readonly proof: string;
  readonly go?: string;
  /** Of PyPI. */
  readonly pip?: string;
  readonly apt?: string;
  readonly page?: string;
  /** Other names that it goes by. */
  readonly aliases?: readonly string[];
}

const tools: Readonly<Record<ToolName, Tool>> = listed;

/** Where the program is. A machine without it skips the test that asks, and says so at the end; CI fails it. */
export function needTool(skip: TestContext["skip"], name: ToolName): string {
  return (
    findTool(name) ?? leaveUnproven(skip, { what: tools[name].proof, why: `no ${name}`, remedy: howToInstall(name) })
  );
}

/** The path of a program that is on PATH or was installed by `go install`; undefined: it is not on this machine. */
export function findTool(name: ToolName): string | undefined {
  const names = [name, ...(tools[name].aliases ?? [])];
  return findIn((process.env["PATH"] ?? "").split(delimiter), names) ?? findIn(goFolders(), names);
}

export function howToInstall(name: ToolName): string {
  const { go, pip, apt, page } = tools[name];
  return go ? `go install ${go}` : pip ? `pip3 install ${pip}` : apt ? `apt-get install ${apt}` : `see ${page}`;
}

/** A setting of Go's; undefined: there is no Go. */
export function goSetting(name: string): string | undefined {
  try {
    const value = execFileSync("go", ["env", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return value === "" ? undefined : value;
  } catch {
    return undefined;
  }
}

function goFolders(): readonly string[] {
  const roots = goSetting("GOPATH") ?? process.env["GOPATH"] ?? join(homedir(), "go");
  return roots.split(delimiter).map((root) => join(root, "bin"));
}

function findIn(folders: readonly string[], names: readonly string[]): string | undefined {
  return folders
    .filter((folder) => folder !== "")
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
