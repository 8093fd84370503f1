import { expect, test } from "vitest";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { internalIdOf, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";

test("a trail is intact at every moment while two instances write to it", async () => {
  await using one = await startTestInstance();
  await using two = await startTestInstance({ beside: one });
  const projectId = await newProject(one.clients);
  const changes = 40;
  const writers = [one, two].flatMap(({ clients }) =>
    Array.from({ length: 4 }, async () => {
      for (let i = 0; i < changes / 4; i++) {
        const { id } = await newApiKey(clients, projectId);
        await clients.apiKeys.rotateApiKey({ projectId, apiKeyId: id });
      }
    }),
  );
  let writing = true;
  const written = Promise.all(writers).finally(() => {
    writing = false;
  });

  let heads = 0;
  let expectedHead: Uint8Array | undefined;
  while (writing) {
    const report = await two.clients.audit.verifyAuditTrail({ projectId, ...(expectedHead && { expectedHead }) });
    expect(report).toMatchObject({ intact: true, firstBrokenSequence: 0n, eventsChecked: report.headSequence });
    expectedHead = report.headHash;
    heads += 1;
  }
  await written;
  expect(heads).toBeGreaterThan(1);
  expect(await one.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({
    intact: true,
    eventsChecked: BigInt(1 + 2 * 2 * changes),
  });
});

test("what commits during a walk is neither here nor missing", async () => {
  await using altalune = await startTestInstance();
  const { clients, services, db } = altalune;
  const projectId = await newProject(clients);
  const id = await internalIdOf(db, projectId);
  const record = (count: number) =>
    db.transaction().execute(async (tx) => {
      for (let i = 0; i < count; i++) {
        await services.audit.record(tx, commandLineCaller, { id }, "api_key.updated", "key", { i });
      }
    });
  await record(1500);
  for (let round = 0; round < 5; round++) {
    const [report] = await Promise.all([clients.audit.verifyAuditTrail({ projectId }), record(20), record(20)]);
    expect(report).toMatchObject({ intact: true, eventsChecked: report.headSequence });
  }
});
