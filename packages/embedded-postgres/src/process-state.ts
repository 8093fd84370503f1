import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { errorCode } from "./error-code.js";

/**
 * - `ours`: a postmaster of this cluster, or one of which nothing tells otherwise
 * - `other`: a process that took over the number
 * - `gone`: none, or a zombie that nobody has reaped
 */
export type ProcessState = "ours" | "other" | "gone";

/** What lives under the pid that a cluster's postmaster.pid names. */
export async function processState(pid: number, pgData: string): Promise<ProcessState> {
  if (!isAlive(pid)) {
    return "gone";
  }
  try {
    switch (process.platform) {
      case "linux":
        return await fromProc(pid, pgData);
      case "win32":
        return await fromTasklist(pid);
      default:
        return await fromPs(pid, pgData);
    }
  } catch {
    // It ended while we looked, or is hidden from us and so not of our user.
    return isAlive(pid) ? "other" : "gone";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

async function fromProc(pid: number, pgData: string): Promise<ProcessState> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8");
  // The state follows the program's name, which stands in parentheses and may hold some itself.
  const state = status.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3);
  if (state === "Z" || state === "X") {
    return "gone";
  }
  const args = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  if (basename(args[0] ?? "") !== "postgres") {
    return "other";
  }
  const served = args[args.indexOf("-D") + 1];
  return args.includes("-D") && served && (await sameFolder(served, pgData)) === false ? "other" : "ours";
}

/** Undefined when one of them is not there: the folder may have been moved under a running server. */
async function sameFolder(a: string, b: string): Promise<boolean | undefined> {
  try {
    const [first, second] = await Promise.all([stat(a), stat(b)]);
    return first.dev === second.dev && first.ino === second.ino;
  } catch {
    return undefined;
  }
}

async function fromPs(pid: number, pgData: string): Promise<ProcessState> {
  const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "stat=,command=", "-p", String(pid)]);
  const line = stdout.trim();
  if (line.startsWith("Z")) {
    return "gone";
  }
  return line.includes("/postgres ") && line.includes(pgData) ? "ours" : "other";
}

async function fromTasklist(pid: number): Promise<ProcessState> {
  const { stdout } = await promisify(execFile)("tasklist", ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]);
  return stdout.toLowerCase().includes("postgres.exe") ? "ours" : "other";
}
