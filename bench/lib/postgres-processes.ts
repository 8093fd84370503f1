import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { cpuMsOf, endedChildrensCpuMsOf } from "../verify/process-usage.js";

/** What the processes of a server on this machine use. */
export class PostgresProcesses {
  readonly #postmaster: number;

  private constructor(postmaster: number) {
    this.#postmaster = postmaster;
  }

  static async of(databaseUrl: string): Promise<PostgresProcesses> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      return new PostgresProcesses(parentOf(rows[0]?.pid ?? 0));
    } finally {
      await client.end();
    }
  }

  /** Milliseconds of CPU, those of sessions that ended included; NaN where the server is not on this machine. */
  cpuMs(): number {
    return this.#children().reduce((sum, pid) => sum + (cpuMsOf(pid) || 0), endedChildrensCpuMsOf(this.#postmaster));
  }

  /** Bytes, with what they share counted once; NaN where the server is not on this machine, or not ours to look at. */
  memoryBytes(): number {
    return (
      [this.#postmaster, ...this.#children()].reduce((sum, pid) => sum + (shareOfMemory(pid) ?? 0), 0) || Number.NaN
    );
  }

  #children(): readonly number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === this.#postmaster)
      .map(Number);
  }
}

function parentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
  } catch {
    return Number.NaN;
  }
}

/** Undefined: it has ended. */
function shareOfMemory(pid: number): number | undefined {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]) * 1024;
  } catch {
    return undefined;
  }
}
