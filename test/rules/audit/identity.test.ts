import { sql } from "kysely";
import { expect } from "vitest";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { keepTrails, newTrail, type Trail } from "./trail.js";

let altalune: TestInstance;
let trails: readonly [Trail, Trail];
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  trails = [await newTrail(altalune, 2), await newTrail(altalune, 2)];
});

/** Gives a project another public id behind the service's back. */
async function rename({ internalId }: Trail, publicId: string): Promise<void> {
  await sql`update altalune_projects set public_id = ${publicId} where id = ${internalId}`.execute(altalune.db);
}

async function giveIds(one: string, other: string): Promise<void> {
  // In between neither may have the other's: an id is one project's.
  await rename(trails[0], "aaaaaaaaaaaaaa");
  await rename(trails[1], "bbbbbbbbbbbbbb");
  await rename(trails[0], one);
  await rename(trails[1], other);
}

test("trails whose projects were swapped are not theirs, though each chain holds", async () => {
  const [one, other] = trails;
  await giveIds(other.projectId, one.projectId);
  for (const { verify } of trails) {
    expect(await verify()).toMatchObject({ intact: false, firstBrokenSequence: 1n });
  }
  await giveIds(one.projectId, other.projectId);
  for (const { verify } of trails) {
    expect(await verify()).toMatchObject({ intact: true });
  }
});

test("a trail that was emptied together with its head is not intact: a project's has its creation", async () => {
  const [one] = trails;
  const restore = await keepTrails(altalune, [one]);
  await sql`delete from altalune_audit_events where project_id = ${one.internalId}`.execute(altalune.db);
  await sql`update altalune_audit_heads set sequence = 0, hash = '' where project_id = ${one.internalId}`.execute(
    altalune.db,
  );
  expect(await one.verify()).toMatchObject({ intact: false, firstBrokenSequence: 1n, eventsChecked: 0n });
  await restore();
});
