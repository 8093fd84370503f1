import { constants } from "node:fs";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { orMissing } from "./error-code.js";

const rotateAboveBytes = 10 * 1024 * 1024;

export interface ServerLog {
  readonly fd: number;
  /** The last lines written since it was opened. */
  tail(): Promise<string>;
  close(): Promise<void>;
}

/** Opens postgres.log to append. One predecessor is kept, so that restarts cannot fill the disk. */
export async function openServerLog(path: string): Promise<ServerLog> {
  const size = (await orMissing(stat(path)))?.size ?? 0;
  if (size > rotateAboveBytes) {
    await orMissing(rename(path, `${path}.1`));
  }
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDWR | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
  const start = (await file.stat()).size;
  return { fd: file.fd, tail: () => lastLines(file, start), close: () => file.close() };
}

async function lastLines(file: FileHandle, start: number): Promise<string> {
  const end = (await file.stat()).size;
  const from = Math.max(start, end - 4096);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, end - from)), 0, null, from);
  return buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n").slice(-15).join("\n");
}
