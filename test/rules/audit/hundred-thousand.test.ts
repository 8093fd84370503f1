import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { VerifyAuditTrailResponse } from "../../../gen/altalune/v1/audit_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { lengthenTrail } from "../../support/long-trail.js";
import { recordServices } from "../../support/plan.js";
import { newTrail, type Trail } from "./trail.js";

/** What one call checks at most. */
const mostOfCall = 100_000;
const length = mostOfCall + 300;

let altalune: TestInstance;
let trail: Trail;
/** What the call found that checked as many as it may, and how long that took. */
let first: VerifyAuditTrailResponse;
let firstMs: number;
beforeAll(async () => {
  altalune = await startTestInstance();
  trail = await newTrail(altalune, 1);
  await lengthenTrail({ ...altalune, internalId: trail.internalId }, length - 1);
  const since = performance.now();
  first = await trail.verify();
  firstMs = performance.now() - since;
}, 60_000);
afterAll(() => altalune.stop());

function goOn(): Promise<VerifyAuditTrailResponse> {
  return trail.verify({ fromSequence: first.lastSequence + 1n });
}

test("a call checks 100,000 events and says so, and one that goes on behind them comes to the end", async () => {
  const head = { headSequence: BigInt(length), headHash: first.headHash, intact: true, firstBrokenSequence: 0n };
  const most = BigInt(mostOfCall);
  expect(first).toMatchObject({ ...head, eventsChecked: most, lastSequence: most });
  expect(await goOn()).toMatchObject({ ...head, eventsChecked: BigInt(length) - most, lastSequence: BigInt(length) });
});

test.each([mostOfCall, mostOfCall + 1])("what is done to event %i between two calls is found", async (sequence) => {
  const event = sql`project_id = ${trail.internalId} and sequence = ${sequence}`;
  const flip = sql`update altalune_audit_events set hash = set_bit(hash, 5, 1 - get_bit(hash, 5)) where ${event}`;
  await flip.execute(altalune.db);
  expect(await goOn()).toMatchObject({ intact: false, firstBrokenSequence: BigInt(mostOfCall + 1) });
  await flip.execute(altalune.db);
  expect(await goOn()).toMatchObject({ intact: true });
});

test("a trail that is cut between two calls, behind the end of the first, is found", async () => {
  const gone = sql`from altalune_audit_events where project_id = ${trail.internalId} and sequence >= ${mostOfCall}`;
  await sql`create table cut_events as select * ${gone}`.execute(altalune.db);
  await sql`delete ${gone}`.execute(altalune.db);
  expect(await goOn()).toMatchObject({ intact: false, firstBrokenSequence: BigInt(mostOfCall + 1) });
  await sql`insert into altalune_audit_events table cut_events`.execute(altalune.db);
});

test("a walk whose client leaves ends long before it would be over", async () => {
  const leaving = new AbortController();
  const { projectId } = trail;
  const left = altalune.clients.audit.verifyAuditTrail({ projectId }, { signal: leaving.signal });
  const refused = expect(left).rejects.toThrow(/canceled/);
  await expect.poll(walks, { interval: 5 }).toBe(1);
  const since = performance.now();
  leaving.abort();
  await refused;
  await expect.poll(walks, { interval: 5, timeout: 10_000 }).toBe(0);
  expect(performance.now() - since).toBeLessThan(firstMs / 2);
});

test("a head that was exported is looked up behind the start of a walk by an index", async () => {
  await using recorded = await recordServices(altalune);
  const { rows } = await sql<{ hash: Buffer }>`
    select hash from altalune_audit_events where project_id = ${trail.internalId} and sequence = 500
  `.execute(altalune.db);
  const plans = await recorded.plansOf(() =>
    recorded.services.audit.verify(
      { id: trail.internalId },
      { fromSequence: BigInt(length - 10), toSequence: 0n },
      rows[0]?.hash,
    ),
  );
  const used = plans.flatMap(({ nodes }) => nodes.flatMap((node) => node["Index Name"] ?? []));
  expect(used).toContain("altalune_audit_events_hash_idx");
});

/** How many transactions walk along a trail just now. */
async function walks(): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()
      and query like '%altalune_audit_events%'
  `.execute(altalune.db);
  return rows.length;
}
