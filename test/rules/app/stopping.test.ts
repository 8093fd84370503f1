import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../../../src/app/config.js";
import { createServices } from "../../../src/app/context.js";
import { JobRunner } from "../../../src/app/job-runner.js";
import { createJobLimiter, startBackground } from "../../../src/app/jobs.js";
import { createLogger } from "../../../src/platform/logger.js";
import { MasterKey } from "../../../src/platform/master-key.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import type { Database } from "../../../src/platform/postgres/database.js";
import { openDatabase } from "../../../src/platform/postgres/open.js";
import { createTestDatabase, type TestDatabase } from "../../support/database.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { startWebhookReceiver, type WebhookReceiver } from "../../support/webhook-receiver.js";

const rootKey = "root-key-of-the-environment-0123456789";
const masterKey = randomBytes(32).toString("base64");
const logger = createLogger("silent", { write: () => undefined });

/** It is there for longer than what stops. */
let database: TestDatabase;
let db: Kysely<Database>;
beforeEach(async () => {
  database = await createTestDatabase();
  db = await openDatabase(database.url, { poolSize: 4, logger });
});
afterEach(async () => {
  await db.destroy();
  await database.drop();
});

function start(env: Readonly<Record<string, string>> = {}): Promise<TestInstance> {
  return startTestInstance({
    beside: { databaseUrl: database.url, masterKey, rootKey },
    env: { ALTALUNE_ROOT_KEY: rootKey, ALTALUNE_WEBHOOK_ALLOW: "loopback", ...env },
  });
}

/** A project with a webhook whose receiver does not answer what it is sent. */
async function projectThatHolds({ clients }: TestInstance, receiver: WebhookReceiver) {
  const projectId = await newProject(clients);
  const held: ServerResponse[] = [];
  receiver.answerWith((response) => void held.push(response));
  const { webhook } = await clients.webhooks.createWebhook({ projectId, url: receiver.url });
  await clients.webhooks.sendTestEvent({ projectId, webhookId: webhook?.id ?? "" });
  return { projectId, held };
}

async function usedKeys(): Promise<number> {
  return (await db.selectFrom("altalune_api_key_activity").select("api_key_id").execute()).length;
}

test("a stop writes the last usage while a job from the queue still waits for somebody's answer", async () => {
  await using receiver = await startWebhookReceiver();
  const altalune = await start();
  const { projectId, held } = await projectThatHolds(altalune, receiver);
  const { value } = await newApiKey(altalune.clients, projectId);
  await receiver.has(1);
  // The verification is under way until the stop is: nothing but that can write it.
  const { verified, stopped } = await db.transaction().execute(async (tx) => {
    await sql`lock table altalune_api_key_secrets in access exclusive mode`.execute(tx);
    const verified = altalune.clients.verification.verifyApiKey({ key: value });
    await expect.poll(waitingSessions, { timeout: 10_000 }).toBeGreaterThan(0);
    return { verified, stopped: altalune.stop() };
  });
  await verified;
  await expect.poll(usedKeys, { timeout: 20_000 }).toBe(1);
  expect(held.map(({ closed }) => closed)).not.toContain(true);
  for (const response of held) {
    response.writeHead(204).end();
  }
  await stopped;
});

async function waitingSessions(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::integer as waiting from pg_locks where not granted and database = (
      select oid from pg_database where datname = current_database()
    )
  `.execute(db);
  return rows[0]?.waiting ?? 0;
}

test("what fails at a stop keeps nothing else from being written", async () => {
  await using receiver = await startWebhookReceiver();
  const altalune = await start({ ALTALUNE_JOBS: "off" });
  const { projectId } = await projectThatHolds(altalune, receiver);
  await newApiKey(altalune.clients, projectId);
  const key = await db
    .selectFrom("altalune_project_api_keys")
    .select(["project_id as projectId", "id as apiKeyId"])
    .executeTakeFirstOrThrow();
  await altalune.stop();

  const { webhookAllow } = readConfig({
    DATABASE_URL: database.url,
    ALTALUNE_MASTER_KEY: masterKey,
    ALTALUNE_WEBHOOK_ALLOW: "loopback",
  });
  const services = await createServices({
    db,
    masterKey: new MasterKey(Buffer.from(masterKey, "base64")),
    environmentKey: undefined,
    webhookAllow,
  });
  const runner = new JobRunner({ url: database.url, services, logger });
  const limiter = createJobLimiter(2);
  const background = startBackground({ services, limiter, look: async () => undefined, runner, logger });
  await runner.look();
  await receiver.has(1);
  // It cannot be stopped again while it still waits for its jobs.
  const runnerStopped = runner.stop();
  services.usage.record({ ...key, slots: emptySlots() }, "valid");
  await background.stop();
  expect(await usedKeys()).toBe(1);
  await receiver[Symbol.asyncDispose]();
  await runnerStopped;
});

test("a stop deals with no more reports than it is at, and leaves the others", async () => {
  await sql`
    insert into altalune_exposure_reports (digest, source, url, actor, request_id, source_ip, try_at)
    select sha256(number::text::bytea), '', '', 'reporter', '', '', altalune_now() from generate_series(1, 20000) as number
  `.execute(db);
  const altalune = await start();
  await expect.poll(reportsLeft, { timeout: 20_000 }).toBeLessThan(20_000);
  await altalune.stop();
  expect(await reportsLeft()).toBeGreaterThan(0);
});

async function reportsLeft(): Promise<number> {
  return (await db.selectFrom("altalune_exposure_reports").select("id").execute()).length;
}
