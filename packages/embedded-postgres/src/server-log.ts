import { constants } from "node:fs";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { orMissing } from "./error-code.js";

const rotateAboveBytes = 10 * 1024 * 1024;

export interface ServerLog {
  readonly fd: number;
  /** What was written since it was opened, by whoever writes to it; of a lot, the end. */
  read(): Promise<string>;
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
  return { fd: file.fd, read: () => readFrom(file, start), close: () => file.close() };
}

async function readFrom(file: FileHandle, start: number): Promise<string> {
  const end = (await file.stat()).size;
  const from = Math.max(start, end - 64 * 1024);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, end - from)), 0, null, from);
  return buffer.toString("utf8", 0, bytesRead).trimEnd();
}
