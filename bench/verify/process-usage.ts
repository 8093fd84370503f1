import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** The clock ticks that Linux counts CPU time in. */
const ticksPerSecond = 100;

/** Milliseconds of CPU that a process has used; NaN where there is no /proc. */
export function cpuMsOf(pid: number): number {
  return cpuMs(pid, 11);
}

/** Those that its children used which have ended. */
export function endedChildrensCpuMsOf(pid: number): number {
  return cpuMs(pid, 13);
}

/** What all processes of the machine have used, on all of its cores. */
export function cpuMsOfMachine(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
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

/** @param place of the user's part in /proc/pid/stat, counted from after the name; the system's follows */
function cpuMs(pid: number, place: number): number {
  const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  return ((Number(fields[place]) + Number(fields[place + 1])) * 1000) / ticksPerSecond;
}
