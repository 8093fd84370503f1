import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** The path of a program that is on PATH or was installed by `go install`; undefined: it is not on this machine. */
export function findTool(name: string): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const goFolders = (goSetting("GOPATH") ?? process.env["GOPATH"] ?? join(homedir(), "go")).split(delimiter);
  return [...onPath, ...goFolders.map((folder) => join(folder, "bin"))]
    .map((folder) => join(folder, name))
    .find(isExecutable);
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
