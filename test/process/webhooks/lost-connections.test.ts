import { sql } from "kysely";
import { expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { startWebhookReceiver } from "../../support/webhook-receiver.js";

const keys = 60;

test("whoever runs jobs survives the loss of its connections, and delivers all the same", {
  timeout: 120_000,
}, async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_WEBHOOK_ALLOW: "loopback" } });
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(altalune.clients, { maxKeysPerOwner: 0 });
  await altalune.clients.webhooks.createWebhook({ projectId, url: receiver.url });
  const made: string[] = [];
  for (let i = 0; i < keys; i++) {
    made.push((await newApiKey(altalune.clients, projectId)).id);
    if (i % 10 === 5) {
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'altalune jobs'
      `.execute(altalune.db);
    }
  }
  const told = () =>
    new Set(
      receiver.received.map(({ body }) => (JSON.parse(body) as { data: { api_key_id: string } }).data.api_key_id),
    );
  await expect.poll(() => made.filter((id) => !told().has(id)), { timeout: 100_000, interval: 500 }).toEqual([]);
});
