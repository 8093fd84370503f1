import pg from "pg";
import { expect, onTestFinished } from "vitest";
import type { TestInstance } from "./instance.js";
import { lockWaits } from "./locks.js";

/** Adds jobs at the moment at which a worker takes all that wait: what it takes is committed once the adding waits for it. */
export async function addWhileTaken({ databaseUrl, db }: TestInstance, add: () => Promise<unknown>): Promise<void> {
  const worker = new pg.Client({ connectionString: databaseUrl });
  await worker.connect();
  onTestFinished(() => worker.end());
  await worker.query(`
    begin;
    update altalune_jobs._private_jobs set attempts = attempts + 1, locked_by = 'worker', locked_at = now() where is_available
  `);
  const added = add();
  await expect.poll(() => lockWaits(db, "%next_attempt_at%")).toBe(1);
  await worker.query("commit");
  await added;
}
