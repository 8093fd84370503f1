import { sql } from "kysely";
import { afterEach, expect } from "vitest";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { keepTrails, newTrail, type Trail } from "./trail.js";

const length = 8;
const sequences = Array.from({ length }, (_, i) => i + 1);

let altalune: TestInstance;
let trail: Trail;
let heads: readonly Uint8Array[];
let restore: () => Promise<void>;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  trail = await newTrail(altalune, length);
  const { data } = await altalune.clients.audit.queryAuditEvents({ projectId: trail.projectId });
  heads = data.map(({ hash }) => hash).toReversed();
  restore = await keepTrails(altalune, [trail]);
});
afterEach(() => restore());

/** Removes the events after a place, and makes the one there the head, as if the others had never been. */
async function cutAfter(sequence: number): Promise<void> {
  await sql`
    delete from altalune_audit_events where project_id = ${trail.internalId} and sequence > ${sequence}
  `.execute(altalune.db);
  await sql`
    update altalune_audit_heads set sequence = ${sequence}, hash = ${Buffer.from(heads[sequence - 1] ?? [])}
    where project_id = ${trail.internalId}
  `.execute(altalune.db);
}

test("a verification exports the head that the listing shows", async () => {
  expect(await trail.verify()).toMatchObject({ headSequence: BigInt(length), headHash: heads.at(-1) });
});

test("every head that was ever exported is found again in a trail that grew", async () => {
  for (const expectedHead of heads) {
    expect(await trail.verify({ expectedHead })).toMatchObject({ intact: true, firstBrokenSequence: 0n });
    for (const sequence of sequences) {
      const report = await trail.verify({ expectedHead, fromSequence: BigInt(sequence) });
      expect(report).toMatchObject({ intact: true, eventsChecked: BigInt(length - sequence + 1) });
    }
  }
});

test("a trail that was cut together with its head passes by itself, and not against a head exported before", async () => {
  for (const kept of sequences.slice(0, -1)) {
    await cutAfter(kept);
    expect(await trail.verify()).toMatchObject({ intact: true, headSequence: BigInt(kept) });
    for (const [i, expectedHead] of heads.entries()) {
      const lost = i + 1 > kept;
      expect(await trail.verify({ expectedHead })).toMatchObject({
        intact: !lost,
        eventsChecked: BigInt(kept),
        firstBrokenSequence: BigInt(lost ? kept + 1 : 0),
      });
    }
    await restore();
  }
});

test("a head of another trail is not found in this one", async () => {
  const { clients } = altalune;
  const other = await clients.audit.verifyAuditTrail({ projectId: await newProject(clients) });
  expect(await trail.verify({ expectedHead: other.headHash })).toMatchObject({
    intact: false,
    firstBrokenSequence: BigInt(length + 1),
  });
});

test("a walk from a place on trusts what lies before, and finds what comes after", async () => {
  await sql`
    update altalune_audit_events set actor = 'x' where project_id = ${trail.internalId} and sequence = 4
  `.execute(altalune.db);
  for (const sequence of sequences) {
    const report = await trail.verify({ fromSequence: BigInt(sequence) });
    expect(report).toMatchObject(
      sequence <= 4
        ? { intact: false, firstBrokenSequence: 4n, eventsChecked: BigInt(4 - sequence) }
        : { intact: true, firstBrokenSequence: 0n, eventsChecked: BigInt(length - sequence + 1) },
    );
  }
});

test("a walk from the place after the head finds nothing to check, and from beyond it that events are missing", async () => {
  expect(await trail.verify({ fromSequence: BigInt(length + 1) })).toMatchObject({ intact: true, eventsChecked: 0n });
  for (const beyond of [BigInt(length + 2), 2n ** 63n - 1n]) {
    expect(await trail.verify({ fromSequence: beyond })).toMatchObject({ intact: false, eventsChecked: 0n });
  }
});

test("a walk from 0 is a walk from the start", async () => {
  expect(await trail.verify({ fromSequence: 0n })).toEqual(await trail.verify());
});

test("a place below 0 and a head that is no hash break a rule", async () => {
  await expect(trail.verify({ fromSequence: -1n })).rejects.toThrow(/from_sequence/);
  await expect(trail.verify({ expectedHead: new Uint8Array(31) })).rejects.toThrow(/expected_head/);
});
