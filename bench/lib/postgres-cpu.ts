import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { cpuMsOf } from "../verify/process-usage.js";

/** What the processes of a server on this machine have used of the CPU. */
export class PostgresCpu {
  readonly #postmaster: number;

  private constructor(postmaster: number) {
    this.#postmaster = postmaster;
  }

  static async of(databaseUrl: string): Promise<PostgresCpu> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      return new PostgresCpu(parentOf(rows[0]?.pid ?? 0));
    } finally {
      await client.end();
    }
  }

  /** In milliseconds, of those that run now; NaN where the server is not on this machine. */
  ms(): number {
    if (Number.isNaN(this.#postmaster)) {
      return Number.NaN;
    }
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === this.#postmaster)
      .reduce((sum, name) => sum + (cpuMsOf(Number(name)) || 0), 0);
  }
}

function parentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
  } catch {
    return Number.NaN;
  }
}
