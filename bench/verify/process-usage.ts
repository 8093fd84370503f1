import { readFileSync } from "node:fs";

/** The clock ticks that Linux counts CPU time in. */
const ticksPerSecond = 100;

/** Milliseconds of CPU that a process has used; NaN where there is no /proc. */
export function cpuMsOf(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Bytes of memory that a process occupies; NaN where there is no /proc. */
export function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1]) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
