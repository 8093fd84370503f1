import { sql } from "kysely";
import { expect } from "vitest";
import { chainHash } from "../../../src/domain/audit/model.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { denialOf } from "../../support/errors.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { keepTrails, newTrail, type Trail } from "./trail.js";

/** More than two batches of a walk. */
const length = 2600;

let altalune: TestInstance;
let trail: Trail;
let restore: () => Promise<void>;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  trail = await newTrail(altalune, 1);
  await altalune.db.transaction().execute(async (tx) => {
    for (let i = 1; i < length; i++) {
      await altalune.services.audit.record(tx, commandLineCaller, { id: trail.internalId }, "api_key.updated", "key", {
        i,
      });
    }
  });
  restore = await keepTrails(altalune, [trail]);
});

test("a long trail is walked to its end", async () => {
  expect(await trail.verify()).toMatchObject({
    intact: true,
    eventsChecked: BigInt(length),
    headSequence: BigInt(length),
  });
});

test("a long trail is checked part by part, each going on where the one before has stopped", async () => {
  const { audit } = altalune.clients;
  let checked = 0n;
  let fromSequence = 0n;
  for (const toSequence of [1n, 250n, 1_300n, 2_599n, 0n]) {
    const report = await audit.verifyAuditTrail({ projectId: trail.projectId, fromSequence, toSequence });
    const last = toSequence === 0n ? BigInt(length) : toSequence;
    expect(report).toMatchObject({ intact: true, lastSequence: last, headSequence: BigInt(length) });
    checked += report.eventsChecked;
    fromSequence = report.lastSequence + 1n;
  }
  expect(checked).toBe(BigInt(length));
});

test("a part that ends before it begins is refused", async () => {
  const span = { projectId: trail.projectId, fromSequence: 500n, toSequence: 100n };
  expect(await denialOf(altalune.clients.audit.verifyAuditTrail(span))).toMatchObject({
    code: "InvalidArgument",
    fields: ["to_sequence"],
  });
});

test("a part is broken by what lies in it alone", async () => {
  await sql`
    update altalune_audit_events set detail = '{}' where project_id = ${trail.internalId} and sequence = 1200
  `.execute(altalune.db);
  const { audit } = altalune.clients;
  const { projectId } = trail;
  expect(await audit.verifyAuditTrail({ projectId, toSequence: 1_199n })).toMatchObject({
    intact: true,
    lastSequence: 1_199n,
  });
  expect(await audit.verifyAuditTrail({ projectId, toSequence: 1_200n })).toMatchObject({
    intact: false,
    firstBrokenSequence: 1_200n,
    lastSequence: 1_199n,
  });
  await restore();
});

test("an event that is missing at the end of a part, or all up to there, is found", async () => {
  const { audit } = altalune.clients;
  const { projectId } = trail;
  for (const [first, last] of [
    [1200, 1200],
    [2, 1200],
    [1, 1200],
  ] as const) {
    await sql`
      delete from altalune_audit_events
      where project_id = ${trail.internalId} and sequence between ${first} and ${last}
    `.execute(altalune.db);
    expect(await audit.verifyAuditTrail({ projectId, toSequence: 1_200n })).toMatchObject({
      intact: false,
      firstBrokenSequence: BigInt(first),
    });
    await restore();
  }
});

test("a head that was moved back, or is gone, is found by a part that ends after it", async () => {
  const { audit } = altalune.clients;
  const { projectId } = trail;
  for (const tamper of [
    sql`update altalune_audit_heads set sequence = 700 where project_id = ${trail.internalId}`,
    sql`delete from altalune_audit_heads where project_id = ${trail.internalId}`,
  ]) {
    await tamper.execute(altalune.db);
    expect(await audit.verifyAuditTrail({ projectId, toSequence: 1_000n })).toMatchObject({
      intact: false,
      firstBrokenSequence: 1_001n,
      lastSequence: 1_000n,
    });
    await restore();
  }
});

test("a walk whose caller has gone ends between two batches", async () => {
  const gone = AbortSignal.abort(new Error("the caller has gone"));
  const part = { fromSequence: 0n, toSequence: 0n };
  const walk = altalune.services.audit.verify({ id: trail.internalId }, part, undefined, gone);
  await expect(walk).rejects.toThrow("the caller has gone");
});

test("a call that has checked as many as it may says how far it came", async () => {
  const part = { fromSequence: 0n, toSequence: 0n, maxEvents: 1_000 };
  const report = await altalune.services.audit.verify({ id: trail.internalId }, part, undefined);
  expect(report).toMatchObject({ intact: true, eventsChecked: 1_000n, lastSequence: 1_000n });
  const whole = { ...part, maxEvents: length };
  expect(await altalune.services.audit.verify({ id: trail.internalId }, whole, Buffer.alloc(32))).toMatchObject({
    intact: false,
    lastSequence: BigInt(length),
  });
});

test("what was changed at the seam of two batches is found", async () => {
  for (const sequence of [999, 1000, 1001, 1002, 2000, 2001, length]) {
    await sql`
      update altalune_audit_events set detail = '{}' where project_id = ${trail.internalId} and sequence = ${sequence}
    `.execute(altalune.db);
    expect(await trail.verify()).toMatchObject({ intact: false, firstBrokenSequence: BigInt(sequence) });
    await sql`
      update altalune_audit_events set detail = kept.detail from kept_altalune_audit_events as kept
      where kept.project_id = ${trail.internalId} and kept.sequence = ${sequence}
        and altalune_audit_events.project_id = kept.project_id and altalune_audit_events.sequence = kept.sequence
    `.execute(altalune.db);
  }
  expect(await trail.verify()).toMatchObject({ intact: true });
});

test("an event that is missing at the seam of two batches is found", async () => {
  for (const sequence of [1000, 1001, 2001]) {
    await sql`
      delete from altalune_audit_events where project_id = ${trail.internalId} and sequence = ${sequence}
    `.execute(altalune.db);
    expect(await trail.verify()).toMatchObject({ intact: false, firstBrokenSequence: BigInt(sequence) });
    await restore();
  }
});

test("a trail that somebody wrote anew from the start, with a key of his own, is found at its first event", async () => {
  const events = await altalune.db
    .selectFrom("altalune_audit_events")
    .selectAll()
    .where("project_id", "=", trail.internalId)
    .orderBy("sequence")
    .execute();
  let previous: Buffer = Buffer.alloc(0);
  const forged: { sequence: bigint; hash: Buffer }[] = [];
  for (const event of events) {
    previous = chainHash(Buffer.alloc(32, 7), previous, {
      projectId: event.project_id,
      sequence: event.sequence,
      actor: "somebody else",
      action: event.action,
      resourceId: event.resource_id,
      occurredAt: event.occurred_at,
      requestId: event.request_id,
      sourceIp: event.source_ip,
      detail: event.detail as Record<string, unknown>,
    });
    forged.push({ sequence: event.sequence, hash: previous });
  }
  await sql`
    update altalune_audit_events as event set actor = 'somebody else', hash = forged.hash
    from unnest(${forged.map(({ sequence }) => String(sequence))}::bigint[], ${forged.map(({ hash }) => hash)}::bytea[])
      as forged (sequence, hash)
    where event.project_id = ${trail.internalId} and event.sequence = forged.sequence
  `.execute(altalune.db);
  await sql`
    update altalune_audit_heads set hash = ${previous} where project_id = ${trail.internalId}
  `.execute(altalune.db);
  expect(await trail.verify()).toMatchObject({ intact: false, firstBrokenSequence: 1n });
  await restore();
  expect(await trail.verify()).toMatchObject({ intact: true });
});
