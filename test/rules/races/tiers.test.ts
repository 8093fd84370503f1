import { sql } from "kysely";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { lockWaits } from "../../support/locks.js";

test("a tier cannot go while a key is being made with it", async () => {
  await using altalune = await startTestInstance();
  const { clients, db } = altalune;
  const projectId = await newProject(clients);
  const other = await connect(altalune);
  // The trail's head is the last lock of a create: who holds it stops one in the middle.
  await other.query("begin");
  await other.query(
    "select from altalune_audit_heads where project_id = (select id from altalune_projects where public_id = $1) for update",
    [projectId],
  );
  const creating = newApiKey(clients, projectId, { tier: "pro" });
  await untilSomebodyWaits(altalune);

  const free = () => sql`select from altalune_tiers where name = 'pro' for update nowait`.execute(db);
  await expect(free()).rejects.toMatchObject({ code: "55P03" });
  await other.query("rollback");
  const { id } = await creating;
  const { apiKey } = await clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
  expect(apiKey?.tier).toBe("pro");
  await expect(free()).resolves.toBeDefined();
});

async function connect({ databaseUrl }: TestInstance): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Not asked in the transaction that is waited for: there the answer would stay what it was at first. */
async function untilSomebodyWaits({ db }: TestInstance): Promise<void> {
  for (;;) {
    if ((await lockWaits(db)) > 0) {
      return;
    }
  }
}
