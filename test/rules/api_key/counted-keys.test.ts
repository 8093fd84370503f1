import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestInstance, type TestInstance } from "../../support/instance.js";

let altalune: TestInstance;
let session: pg.Client;
beforeAll(async () => {
  altalune = await startTestInstance();
  session = new pg.Client({ connectionString: altalune.databaseUrl });
  await session.connect();
});
afterAll(async () => {
  await session.end();
  await altalune.stop();
});

const projectId = 1_000_000n;

async function live(ownerIds: readonly string[]): Promise<unknown> {
  const { rows } = await session.query("select owner_id, live from altalune_lock_owners($1, $2)", [
    ownerIds.map(() => projectId),
    ownerIds,
  ]);
  return rows.map(({ owner_id, live }) => [owner_id, Number(live)]);
}

/** Keys that the session has read and not yet told the statistics of. */
async function read(): Promise<number> {
  const { rows } = await session.query(`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as read from pg_stat_xact_user_tables
    where relname like 'altalune_project_api_keys_p%'
  `);
  return Number(rows[0]?.read);
}

/** Keys from one number to another: six of alice, of which one is revoked and one is over, two of bob, of which one is revoked, and one of each other owner. */
async function insertKeys(from: number, to: number): Promise<void> {
  await sql`
    insert into altalune_project_api_keys (project_id, public_id, name, owner_id, display_prefix, digest, scopes, tier, expires_at, revoked_at)
    select
      ${projectId}, 'key ' || i, 'name ' || i,
      case when i <= 6 then 'alice' when i <= 8 then 'bob' else 'owner ' || i end,
      'alt_' || i, sha256(i::text::bytea), '{}', '',
      case when i = 1 then altalune_now() - interval '1 second' else altalune_now() + interval '1 day' end,
      case when i in (2, 7) then altalune_now() end
    from generate_series(${from}::int, ${to}::int) as i
  `.execute(altalune.db);
}

test("owners' keys are counted by what they have alone, also where the plan was made when there were few", async () => {
  const counted = [
    ["bob", 1],
    ["alice", 4],
    ["carol", 0],
  ];
  const owners = counted.map(([owner]) => String(owner));
  await insertKeys(1, 10);
  await sql`analyze altalune_project_api_keys`.execute(altalune.db);
  for (let i = 0; i < 8; i++) {
    expect(await live(owners)).toEqual(counted);
  }
  // The session keeps its plan, for nothing is analysed in between.
  await insertKeys(11, 20_000);
  await session.query("begin");
  const before = await read();
  expect(await live(owners)).toEqual(counted);
  expect((await read()) - before).toBeLessThan(20);
  await session.query("commit");
});
