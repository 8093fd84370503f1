import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { orMissing } from "./error-code.js";

/** What postmaster.pid says; it is written line by line while the server starts. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly status: "starting" | "stopping" | "ready";
}

export async function readPostmasterFile(pgData: string): Promise<PostmasterFile | undefined> {
  const text = await orMissing(readFile(join(pgData, "postmaster.pid"), "utf8"));
  return text === undefined ? undefined : parsePostmasterFile(text);
}

/** The lines: pid, data directory, start time, port, socket directory, listen address, shared memory key, status. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split("\n");
  const pid = Number.parseInt(lines[0] ?? "", 10);
  // A negative pid is that of a single-user backend.
  if (!Number.isInteger(pid) || pid <= 1) {
    return undefined;
  }
  const port = Number.parseInt(lines[3] ?? "", 10);
  const status = lines[7]?.trim();
  return {
    pid,
    port: port > 0 ? port : undefined,
    status: status === "ready" || status === "stopping" ? status : "starting",
  };
}
