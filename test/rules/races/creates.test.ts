import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { race, startTwoInstances, strayRows, type TwoInstances } from "./two-instances.js";

let altalune: TwoInstances;
beforeAll(async () => {
  altalune = await startTwoInstances();
});
afterAll(() => altalune.stop());

const fifty = Array.from({ length: 50 }, (_, i) => i);

test("50 creates at once for one owner with a cap of 5 leave exactly 5 keys", async () => {
  const projectId = await newProject(altalune.clients(0), { maxKeysPerOwner: 5 });
  const { won, lost } = await race(
    fifty.map((i) => () => newApiKey(altalune.clients(i), projectId, { ownerId: "alice" })),
  );
  expect(won).toHaveLength(5);
  expect(lost).toHaveLength(45);
  expect(new Set(lost.map(({ code, reason }) => `${code} ${reason}`))).toEqual(
    new Set(["ResourceExhausted API_KEY_LIMIT_REACHED"]),
  );
  const { data } = await altalune.clients(0).apiKeys.queryApiKeys({ projectId });
  expect(data.map(({ id }) => id).sort()).toEqual(won.map(({ id }) => id).sort());
  await expectIntact(projectId, 6);
});

test("50 creates at once of one name leave one key, with and without an owner", async () => {
  for (const ownerId of ["", "bob"]) {
    const projectId = await newProject(altalune.clients(0), { maxKeysPerOwner: 0 });
    const { won, lost } = await race(
      fifty.map((i) => () => newApiKey(altalune.clients(i), projectId, { ownerId, name: "the one" })),
    );
    expect(won).toHaveLength(1);
    expect(new Set(lost.map(({ code, reason }) => `${code} ${reason}`))).toEqual(
      new Set(["AlreadyExists API_KEY_NAME_TAKEN"]),
    );
    await expectIntact(projectId, 2);
  }
});

test("creates at once for several owners, at their caps, of names that clash, lock nobody out", async () => {
  const projectId = await newProject(altalune.clients(0), { maxKeysPerOwner: 3 });
  const { won, lost } = await race(
    fifty.map((i) => () => {
      const ownerId = `owner ${i % 5}`;
      return newApiKey(altalune.clients(i), projectId, { ownerId, name: `name ${i % 7}`, tier: "free" });
    }),
  );
  const reasons = new Set(lost.map(({ reason }) => reason));
  expect([...reasons].filter((reason) => !/^API_KEY_(NAME_TAKEN|LIMIT_REACHED)$/.test(reason))).toEqual([]);
  expect(won).toHaveLength(15);
  await expectIntact(projectId, 16);
});

test("the cap counts anew when the keys of an owner are revoked while others are made", async () => {
  const projectId = await newProject(altalune.clients(0), { maxKeysPerOwner: 5 });
  await race(
    fifty.map((i) => async () => {
      const { apiKeys } = altalune.clients(i);
      const { id } = await newApiKey(altalune.clients(i), projectId, { ownerId: "carol" });
      await (i % 3 === 0
        ? apiKeys.deleteApiKey({ projectId, apiKeyId: id })
        : apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: 3 }));
      return newApiKey(altalune.clients(i + 1), projectId, { ownerId: "carol" });
    }),
  );
  const { data } = await altalune
    .clients(0)
    .apiKeys.queryApiKeys({ projectId, query: { filters: { status: { values: ["API_KEY_STATUS_ACTIVE"] } } } });
  expect(data.length).toBeLessThanOrEqual(5);
  await expectIntact(projectId);
});

test("expired keys that come back at once do not break the cap", async () => {
  const [{ db }] = altalune.instances;
  const projectId = await newProject(altalune.clients(0), { maxKeysPerOwner: 3 });
  const expired: string[] = [];
  for (let i = 0; i < 9; i++) {
    const { id } = await newApiKey(altalune.clients(0), projectId, { ownerId: "dora" });
    await sql`
      update altalune_project_api_keys set expires_at = altalune_now() - interval '1 second' where public_id = ${id}
    `.execute(db);
    expired.push(id);
  }
  const expiration = { seconds: BigInt(Math.floor(Date.now() / 1000) + 3600) };
  const { won, lost } = await race<unknown>(
    expired.flatMap((apiKeyId, i) => [
      () => altalune.clients(i).apiKeys.updateApiKey({ projectId, apiKeyId, expiration }),
      () => newApiKey(altalune.clients(i + 1), projectId, { ownerId: "dora" }),
    ]),
  );
  expect(won).toHaveLength(3);
  expect(new Set(lost.map(({ reason }) => reason))).toEqual(new Set(["API_KEY_LIMIT_REACHED"]));
  await expectIntact(projectId, 10 + 3);
});

async function expectIntact(projectId: string, events?: number): Promise<void> {
  const report = await altalune.clients(1).audit.verifyAuditTrail({ projectId });
  expect(report).toMatchObject({ intact: true, ...(events === undefined ? {} : { eventsChecked: BigInt(events) }) });
  expect(await strayRows(altalune.instances[0])).toEqual([]);
}
