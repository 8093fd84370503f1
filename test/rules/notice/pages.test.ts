import { type CompiledQuery, type Kysely, sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { noticeRepo } from "../../../src/domain/notice/repo.js";
import { createLogger } from "../../../src/platform/logger.js";
import { createDatabase, type Database } from "../../../src/platform/postgres/database.js";
import { createPool } from "../../../src/platform/postgres/pool.js";
import type { StepRunner } from "../../../src/platform/steps.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, internalIdOf, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { mailingOf, newAddress } from "../../support/mail.js";
import { explain, type PlanNode } from "../../support/plan.js";

/** How many times of keys a page has. */
const page = 500;
const minuteMs = 60_000;

let altalune: TestInstance;
/** What is sent by those who look. */
const sent: CompiledQuery[] = [];
let recorded: Kysely<Database>;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  recorded = createDatabase(createPool(altalune.databaseUrl, { max: 3, logger: createLogger("silent") }), {
    log: ({ query }) => void sent.push(query),
  });
});
afterEach(() => setClockAhead(altalune.db, 0));
afterAll(async () => {
  await recorded.destroy();
  await altalune.stop();
});

interface Keys {
  readonly count: number;
  readonly expiresInMs: number;
  readonly createdMsAgo: number;
  /** Every other one; undefined: none. */
  readonly rotatedMsAgo?: number;
}

/** A project with an address of its own and keys that have all their times in common. */
async function projectOf(keys: Keys) {
  const address = newAddress();
  const projectId = await newProject(altalune.clients, { contactEmails: [address] });
  const id = await internalIdOf(altalune.db, projectId);
  await addKeys(id, keys);
  return { address, projectId, id };
}

async function addKeys(id: bigint, { count, expiresInMs, createdMsAgo, rotatedMsAgo }: Keys): Promise<void> {
  const at = (ms: number) => sql`${new Date(Date.now() + ms)}::timestamptz`;
  const rotatedAt = rotatedMsAgo === undefined ? sql`null::timestamptz` : at(-rotatedMsAgo);
  await sql`
    insert into altalune_project_api_keys (
      project_id, public_id, name, owner_id, display_prefix, digest, scopes, tier, expires_at, created_at, last_rotated_at
    )
    select
      ${id}, 'k' || number || '-' || gen_random_uuid(), 'key ' || number || gen_random_uuid(), '', 'sk-abcde', sha256(number::text::bytea), '{}', '',
      ${at(expiresInMs)}, ${at(-createdMsAgo)}, case when number % 2 = 0 then ${rotatedAt} end
    from generate_series(1, ${count}) as number
  `.execute(altalune.db);
}

/** How many notices an address has, by kind and threshold, and of how many keys. */
async function noticesOf(address: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ what: string; count: number }>`
    select kind || ' ' || threshold as what, count(*)::int as count from altalune_notices where address = ${address}
    group by kind, threshold
  `.execute(altalune.db);
  return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
}

/** A process that looks, and is gone in the midst of it. */
async function lookAndEnd(id: bigint, pages: number): Promise<void> {
  const { notices } = await mailingOf({ ...altalune, db: recorded }, { port: 1 });
  const before = pagesOf(id).length;
  const run: StepRunner = async (step) => {
    if (pagesOf(id).length - before === pages) {
      throw new Error("gone");
    }
    return step();
  };
  await expect(notices.noteTimes(run)).rejects.toThrow("gone");
}

/** A process that has just started looks. */
async function look(): Promise<void> {
  const { notices } = await mailingOf({ ...altalune, db: recorded }, { port: 1 });
  await notices.noteTimes();
}

/** The statements that have read pages of a project's keys. */
function pagesOf(id: bigint): readonly CompiledQuery[] {
  return sent.filter(({ sql: text, parameters }) => text.includes("page as (") && parameters.includes(id));
}

/** What a statement reads of the keys, run once more and taken back. */
async function readsOfKeys(id: bigint, statement: CompiledQuery): Promise<readonly PlanNode[]> {
  const tx = await altalune.db.startTransaction().execute();
  try {
    await noticeRepo.lockLook(tx, id);
    const nodes = await explain(tx, statement, { runs: true });
    return nodes.filter((node) => node["Relation Name"]?.startsWith("altalune_project_api_keys"));
  } finally {
    await tx.rollback().execute();
  }
}

const manyKeys = {
  count: 5_000,
  expiresInMs: 6.5 * dayMs,
  createdMsAgo: 100 * dayMs,
  rotatedMsAgo: 95 * dayMs,
};
/** All are warned of, and each is due for a new value, counted from its creation or its rotation. */
const ofManyKeys = { "1 7": 5_000, "3 0": 5_000 };
/** A page for each time of a key: all ends, all creations, and the rotations. */
const pagesOfMany = Math.floor(12_500 / page) + 1;

test("a page reads no more than its own keys of each index, however many are due at the same moment", async () => {
  // So many that Postgres would rather gather and sort them all, as long as it has no statistics.
  const { address, id } = await projectOf({ ...manyKeys, count: 20_000 });
  await look();
  expect(await noticesOf(address)).toEqual({ "1 7": 20_000, "3 0": 20_000 });
  const pages = pagesOf(id);
  expect(pages).toHaveLength(50_000 / page + 1);
  for (const statement of pages.filter((_, i) => i % 10 === 0)) {
    const reads = await readsOfKeys(id, statement);
    // The end, the warnings before it, creation and rotation.
    expect(reads).toHaveLength(6);
    for (const read of reads) {
      expect(read["Node Type"]).toMatch(/^Index/);
      expect(read["Index Cond"]).toContain("ROW(");
      expect((read["Actual Rows"] ?? Number.NaN) * (read["Actual Loops"] ?? Number.NaN)).toBeLessThanOrEqual(page);
      expect(read["Rows Removed by Filter"] ?? 0).toBe(0);
      expect(read["Rows Removed by Index Recheck"] ?? 0).toBe(0);
    }
  }
});

test("a look whose process ends goes on with another, which reads no page twice and forgets nothing", async () => {
  const { address, id } = await projectOf(manyKeys);
  await lookAndEnd(id, 3);
  await lookAndEnd(id, 7);
  const { rows } = await sql`select from altalune_notices where address = ${address}`.execute(altalune.db);
  expect(rows.length).toBeLessThanOrEqual(10 * page);
  await look();
  expect(await noticesOf(address)).toEqual(ofManyKeys);
  // No page was read twice.
  expect(pagesOf(id)).toHaveLength(pagesOfMany);
});

test("a page that fails notes nothing, and is looked at by the next process", async () => {
  const { address, id } = await projectOf({ count: 1_200, expiresInMs: 6.5 * dayMs, createdMsAgo: 10 * dayMs });
  await lookAndEnd(id, 1);
  await sql`
    alter table altalune_notice_looks add constraint broken check (project_id <> ${sql.lit(id)} or last_what is null) not valid
  `.execute(altalune.db);
  await expect(look()).rejects.toThrow(/could not be told/);
  expect(await noticesOf(address)).toEqual({ "1 7": page });
  await sql`alter table altalune_notice_looks drop constraint broken`.execute(altalune.db);
  await look();
  expect(await noticesOf(address)).toEqual({ "1 7": 1_200 });
});

test("several processes that look at once read no page twice but for the last, and forget nothing", async () => {
  const { address, id } = await projectOf(manyKeys);
  await Promise.all([look(), look(), look()]);
  expect(await noticesOf(address)).toEqual(ofManyKeys);
  // One that finds the last page taken looks once more from there on, and finds nothing.
  expect(pagesOf(id).length).toBeLessThanOrEqual(pagesOfMany + 2);
});

test("whoever is named while a look is under way is told of all, and others too", async () => {
  const { address, projectId, id } = await projectOf(manyKeys);
  await lookAndEnd(id, 6);
  const later = `late-${address}`;
  await altalune.clients.projects.updateProject({ projectId, contactEmails: [address, later] });
  await look();
  expect(await noticesOf(later)).toEqual(ofManyKeys);
  expect(await noticesOf(address)).toEqual(ofManyKeys);
});

test("a look that goes on after days tells how things are then", async () => {
  const { address, id } = await projectOf({ count: 1_200, expiresInMs: 6.5 * dayMs, createdMsAgo: 10 * dayMs });
  await lookAndEnd(id, 1);
  await setClockAhead(altalune.db, 6 * dayMs);
  await look();
  expect(await noticesOf(address)).toEqual({ "1 7": page, "1 1": 1_200 });
});

test("a key that is committed behind a look which is under way for long is told of by the next one", async () => {
  const { address, id } = await projectOf({ count: 600, expiresInMs: 7 * dayMs - minuteMs, createdMsAgo: 10 * dayMs });
  await lookAndEnd(id, 1);
  await addKeys(id, { count: 1, expiresInMs: 7 * dayMs - 2 * minuteMs, createdMsAgo: 10 * dayMs });
  await setClockAhead(altalune.db, 60 * minuteMs);
  await look();
  expect(await noticesOf(address)).toEqual({ "1 7": 600 });
  await look();
  expect(await noticesOf(address)).toEqual({ "1 7": 601 });
});

test("keys that are due for nothing, between those that are, are passed over once", async () => {
  const { address, id } = await projectOf({ count: 1_000, expiresInMs: 6.5 * dayMs, createdMsAgo: 10 * dayMs });
  // Made too late to be warned of thirty days ahead, and revoked ones.
  await addKeys(id, { count: 1_000, expiresInMs: 20 * dayMs, createdMsAgo: dayMs });
  await sql`
    update altalune_project_api_keys set revoked_at = altalune_now() where project_id = ${id} and right(public_id, 1) < '8'
  `.execute(altalune.db);
  const { rows } = await sql`
    select from altalune_project_api_keys
    where project_id = ${id} and revoked_at is null and expires_at < altalune_now() + interval '10 days'
  `.execute(altalune.db);
  await look();
  expect(await noticesOf(address)).toEqual({ "1 7": rows.length });
  expect(pagesOf(id)).toHaveLength(2_000 / page + 1);
});
