import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { race, startTwoInstances, strayRows, type TwoInstances } from "./two-instances.js";

let altalune: TwoInstances;
beforeAll(async () => {
  altalune = await startTwoInstances();
});
afterAll(() => altalune.stop());

test("creates against the deletion of their project end with no key that works, and with no rows once purged", async () => {
  const [one] = altalune.instances;
  for (let round = 0; round < 10; round++) {
    const projectId = await newProject(altalune.clients(0), { maxKeysPerOwner: 0, defaultTier: "free" });
    const creates = Array.from(
      { length: 16 },
      (_, i) => () => newApiKey(altalune.clients(i), projectId, i % 2 === 0 ? { ownerId: "alice" } : {}),
    );
    const remove = async () => {
      await altalune.clients(round).projects.deleteProject({ projectId });
      return undefined;
    };
    const { won, lost } = await race([...creates.slice(0, 8), remove, ...creates.slice(8), remove]);
    expect(new Set(lost.map(({ code, reason }) => `${code} ${reason}`))).toEqual(
      new Set(["NotFound PROJECT_NOT_FOUND"]),
    );
    const made = won.filter((key) => key !== undefined);
    expect(made).toHaveLength(won.length - 1);
    for (const { value } of made) {
      const { code } = await altalune.clients(round).verification.verifyApiKey({ key: value });
      expect(code).toBe(VerificationCode.NOT_FOUND);
    }
    expect(await altalune.clients(0).audit.verifyAuditTrail({ projectId })).toMatchObject({
      intact: true,
      eventsChecked: BigInt(1 + won.length),
    });
  }

  await sql`update altalune_projects set deleted_at = altalune_now() - interval '1 day' where deleted_at is not null`.execute(
    one.db,
  );
  await race(
    altalune.instances.map(
      ({ services }) =>
        () =>
          services.projects.purgeDeleted((tx, id) => services.apiKeys.purge(tx, id)),
    ),
  );
  const { rows } = await sql<{ keys: bigint; secrets: bigint; owners: bigint }>`
    select
      (select count(*) from altalune_project_api_keys where project_id <> 0) as keys,
      (select count(*) from altalune_api_key_secrets where project_id <> 0) as secrets,
      (select count(*) from altalune_api_key_owners) as owners
  `.execute(one.db);
  expect(rows).toEqual([{ keys: 0n, secrets: 0n, owners: 0n }]);
  expect(await strayRows(one)).toEqual([]);
});

test("deletions of one project at once leave one event", async () => {
  const projectId = await newProject(altalune.clients(0));
  const { won, lost } = await race(
    Array.from({ length: 10 }, (_, i) => () => altalune.clients(i).projects.deleteProject({ projectId })),
  );
  expect(won).toHaveLength(1);
  expect(new Set(lost.map(({ reason }) => reason))).toEqual(new Set(["PROJECT_NOT_FOUND"]));
  expect(await altalune.clients(0).audit.verifyAuditTrail({ projectId })).toMatchObject({
    intact: true,
    eventsChecked: 2n,
  });
});
