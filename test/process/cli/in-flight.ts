import pg from "pg";
import { onTestFinished } from "vitest";
import { waitsForLock } from "../../support/locks.js";
import type { Environment } from "./command.js";

/** Holds the last lock of every change in a project, so that an rpc stays in flight for as long as a test wants. */
export async function holdChanges({ DATABASE_URL = "" }: Environment, projectId: string) {
  const holder = await connect(DATABASE_URL);
  const watcher = await connect(DATABASE_URL);
  await holder.query("begin");
  await holder.query(
    "select from altalune_audit_heads where project_id = (select id from altalune_projects where public_id = $1) for update",
    [projectId],
  );
  return {
    /** Resolves once an rpc waits. */
    async untilInFlight(): Promise<void> {
      const waiting = `select from pg_stat_activity where ${waitsForLock}`;
      while ((await watcher.query(waiting)).rowCount === 0);
    },
    async release(): Promise<void> {
      await holder.query("rollback");
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}
