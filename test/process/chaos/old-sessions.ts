import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

const patienceMs = 20_000;

/**
 * Waits until no session is left of a service that was killed: one that Postgres had begun to commit may take effect after the
 * service is gone.
 *
 * @param before when the service of now was started
 */
export async function oldSessionsEnded(client: pg.Client, before: Date): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ pid: number }>(
      "select pid from pg_stat_activity where backend_type = 'client backend' and backend_start < $1",
      [before],
    );
    if (rows.length === 0) {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`sessions of a service that was killed go on: ${rows.map(({ pid }) => pid).join(", ")}`);
    }
    await sleep(50);
  }
}
