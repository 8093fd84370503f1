import { sql } from "kysely";
import { afterEach, describe, expect } from "vitest";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { keepTrails, newTrail, type Trail } from "./trail.js";

const length = 6;
const sequences = Array.from({ length }, (_, i) => i + 1);

let altalune: TestInstance;
let trail: Trail;
let other: Trail;
let restore: () => Promise<void>;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  trail = await newTrail(altalune, length);
  other = await newTrail(altalune, length + 3);
  restore = await keepTrails(altalune, [trail, other]);
});
afterEach(async () => {
  await restore();
  expect(await trail.verify()).toMatchObject({ intact: true, eventsChecked: BigInt(length), firstBrokenSequence: 0n });
});

const run = (statement: ReturnType<typeof sql>) => statement.execute(altalune.db);

async function expectBrokenAt(sequence: number): Promise<void> {
  expect(await trail.verify()).toMatchObject({
    intact: false,
    firstBrokenSequence: BigInt(sequence),
    eventsChecked: BigInt(sequence - 1),
  });
}

describe("an altered event is found where it stands", () => {
  const alterations: Record<string, ReturnType<typeof sql>> = {
    "its actor": sql`actor = actor || 'x'`,
    "its action": sql`action = 'api_key.deleted'`,
    "its resource": sql`resource_id = reverse(resource_id)`,
    "its time, by a millisecond": sql`occurred_at = occurred_at + interval '1 ms'`,
    "its time, to never": sql`occurred_at = 'infinity'`,
    "its time, to always": sql`occurred_at = '-infinity'`,
    "its time, to what no Date holds": sql`occurred_at = '290000-01-01'`,
    "its time, to before Christ": sql`occurred_at = '0044-03-15 BC'`,
    "its request id": sql`request_id = ''`,
    "its address": sql`source_ip = '203.0.113.1'`,
    "a value of its detail": sql`detail = jsonb_set(detail, '{name}', '"other"')`,
    "a key added to its detail": sql`detail = detail || '{"extra": null}'`,
    "a key taken from its detail": sql`detail = detail - 'name'`,
    "an empty detail": sql`detail = '{}'`,
    "a detail that is no object": sql`detail = 'null'`,
    "a number in its detail that no double holds": sql`detail = detail || '{"extra": 1e400}'`,
    "a bit of its hash": sql`hash = set_bit(hash, 0, 1 - get_bit(hash, 0))`,
    "a shorter hash": sql`hash = substring(hash from 1 for 31)`,
    "no hash": sql`hash = ''`,
  };
  test.each(Object.entries(alterations))("%s", async (_what, assignment) => {
    for (const sequence of sequences) {
      await run(sql`
        update altalune_audit_events set ${assignment} where project_id = ${trail.internalId} and sequence = ${sequence}
      `);
      await expectBrokenAt(sequence);
      await restore();
    }
  });
});

describe("an inserted event is found", () => {
  const insertAs = (sequence: number) => sql`
    insert into altalune_audit_events
      (project_id, sequence, actor, action, resource_id, occurred_at, request_id, source_ip, detail, hash)
    select project_id, ${sequence}, actor, action, resource_id, occurred_at, request_id, source_ip, detail, hash
    from altalune_audit_events where project_id = ${trail.internalId} and sequence = ${Math.min(length, Math.max(1, sequence - 1))}
  `;

  test("in the middle, with the later ones renumbered and the head with them", async () => {
    for (const place of sequences) {
      await moveFrom(place, 1);
      await run(insertAs(place));
      await run(sql`update altalune_audit_heads set sequence = sequence + 1 where project_id = ${trail.internalId}`);
      await expectBrokenAt(place);
      await restore();
    }
  });

  test.each([
    ["right after the head", length + 1],
    ["beyond a gap", length + 7],
  ])("%s", async (_where, sequence) => {
    await run(insertAs(sequence));
    await expectBrokenAt(length + 1);
  });

  test("after the head, with the head moved to it", async () => {
    await run(insertAs(length + 1));
    await run(sql`update altalune_audit_heads set sequence = ${length + 1} where project_id = ${trail.internalId}`);
    await expectBrokenAt(length + 1);
  });

  test.each([0, -1, -1000])("before the first, as %i", async (sequence) => {
    await run(insertAs(sequence));
    await expectBrokenAt(1);
  });
});

describe("a removed event is found", () => {
  const remove = (sequence: number) =>
    sql`delete from altalune_audit_events where project_id = ${trail.internalId} and sequence = ${sequence}`;

  test("where it stood", async () => {
    for (const sequence of sequences) {
      await run(remove(sequence));
      await expectBrokenAt(sequence);
      await restore();
    }
  });

  test("where it stood, with the later ones renumbered and the head with them", async () => {
    for (const sequence of sequences.slice(0, -1)) {
      await run(remove(sequence));
      await moveFrom(sequence, -1);
      await run(sql`update altalune_audit_heads set sequence = sequence - 1 where project_id = ${trail.internalId}`);
      await expectBrokenAt(sequence);
      await restore();
    }
  });

  test("when all of them are gone", async () => {
    await run(sql`delete from altalune_audit_events where project_id = ${trail.internalId}`);
    await expectBrokenAt(1);
  });
});

test("two events that changed places are found at the first of them", async () => {
  for (const first of sequences.slice(0, -1)) {
    for (const second of sequences.slice(first)) {
      await run(swap(first, second));
      await expectBrokenAt(first);
      await restore();
    }
  }
});

function swap(first: number, second: number) {
  return sql`
    update altalune_audit_events as event
    set (actor, action, resource_id, occurred_at, request_id, source_ip, detail, hash) = (
      select actor, action, resource_id, occurred_at, request_id, source_ip, detail, hash
      from altalune_audit_events as twin
      where twin.project_id = event.project_id and twin.sequence = ${first + second} - event.sequence
    )
    where project_id = ${trail.internalId} and sequence in (${first}, ${second})
  `;
}

describe("the head is part of the trail", () => {
  test.each([
    ["a lower sequence", sql`sequence = sequence - 1`, length],
    ["a higher sequence", sql`sequence = sequence + 1`, length],
    ["another hash", sql`hash = set_bit(hash, 5, 1 - get_bit(hash, 5))`, length],
    ["no hash", sql`hash = ''`, length],
  ])("one with %s is found", async (_what, assignment, last) => {
    await run(sql`update altalune_audit_heads set ${assignment} where project_id = ${trail.internalId}`);
    expect(await trail.verify()).toMatchObject({ intact: false, firstBrokenSequence: BigInt(last + 1) });
  });

  test("one that is gone is found", async () => {
    await run(sql`delete from altalune_audit_heads where project_id = ${trail.internalId}`);
    expect(await trail.verify()).toMatchObject({ intact: false, firstBrokenSequence: BigInt(length + 1) });
  });
});

test("an event of another project does not fit, wherever it is put", async () => {
  for (const sequence of sequences) {
    await run(sql`delete from altalune_audit_events where project_id = ${trail.internalId} and sequence = ${sequence}`);
    await run(sql`
      update altalune_audit_events set project_id = ${trail.internalId}
      where project_id = ${other.internalId} and sequence = ${sequence}
    `);
    await expectBrokenAt(sequence);
    expect(await other.verify()).toMatchObject({ intact: false, firstBrokenSequence: BigInt(sequence) });
    await restore();
  }
});

test("the whole trail of another project, its head included, does not pass for this one's", async () => {
  await run(sql`delete from altalune_audit_events where project_id = ${trail.internalId}`);
  await run(
    sql`update altalune_audit_events set project_id = ${trail.internalId} where project_id = ${other.internalId}`,
  );
  await run(sql`
    update altalune_audit_heads as head set sequence = twin.sequence, hash = twin.hash
    from altalune_audit_heads as twin where head.project_id = ${trail.internalId} and twin.project_id = ${other.internalId}
  `);
  await expectBrokenAt(1);
});

test.each([
  ["a time that never comes", sql`occurred_at = 'infinity'`],
  ["a time that no Timestamp holds", sql`occurred_at = '290000-01-01'`],
  ["a time before Christ", sql`occurred_at = '0044-03-15 BC'`],
  ["a detail that is a list", sql`detail = '[1]'`],
  ["a number that no double holds", sql`detail = '{"deep": [1e400]}'`],
])("a listing still shows the trail when an event was given %s", async (_what, assignment) => {
  await run(sql`
    update altalune_audit_events set ${assignment} where project_id = ${trail.internalId} and sequence = 2
  `);
  const { data } = await altalune.clients.audit.queryAuditEvents({ projectId: trail.projectId });
  expect(data.map(({ sequence }) => Number(sequence))).toEqual(sequences.toReversed());
});

/** Moves the events from a place on by so many places, in two steps: the places in between are taken. */
async function moveFrom(place: number, by: number): Promise<void> {
  const far = 1000;
  await run(sql`
    update altalune_audit_events set sequence = sequence + ${far}
    where project_id = ${trail.internalId} and sequence >= ${place}
  `);
  await run(sql`
    update altalune_audit_events set sequence = sequence - ${far} + ${by}
    where project_id = ${trail.internalId} and sequence >= ${far}
  `);
}
