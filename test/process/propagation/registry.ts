import { sql } from "kysely";
import type { TestInstance } from "../../support/instance.js";

/** An entry of the registry without an instance behind it: one that was killed, or is suspended. */
export async function addGhost({ db }: TestInstance, id: string, leaseMs = 30_000): Promise<void> {
  await sql`
    insert into altalune_instances (id, lease_ms, registered_at, renewed_at)
    values (${id}, ${leaseMs}, clock_timestamp(), clock_timestamp())
  `.execute(db);
}

export async function removeGhost({ db }: TestInstance, id: string): Promise<void> {
  await sql`delete from altalune_instances where id = ${id}`.execute(db);
}

export async function registeredIds({ db }: TestInstance): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select id from altalune_instances order by id`.execute(db);
  return rows.map(({ id }) => id);
}

/** Notifies as anybody could who may use the database. */
export async function notify({ db }: Pick<TestInstance, "db">, channel: string, payload: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(db);
}

/** Until an instance may answer from its memory. */
export async function remembering({ url }: TestInstance): Promise<void> {
  while ((await fetch(`${url}/readyz`)).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
