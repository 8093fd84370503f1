import { sql } from "kysely";
import { expect, test } from "vitest";
import { JobRunner } from "../../../src/app/job-runner.js";
import { jobConnections } from "../../../src/app/pool-budget.js";
import { JobQueue } from "../../../src/platform/jobs/queue.js";
import { createLogger } from "../../../src/platform/logger.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { lockTables } from "../../support/locks.js";
import { holdAnswers, startWebhookReceiver } from "../../support/webhook-receiver.js";
import { newWebhook, nowhere } from "../../support/webhooks.js";

/** @param waitingFor a type of what they wait for; undefined: they need wait for nothing */
async function connections({ db }: TestInstance, waitingFor?: string): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'altalune jobs'
      and (${waitingFor}::text is null or wait_event_type = ${waitingFor})
  `.execute(db);
  return Number(rows[0]?.count);
}

test("a runner of jobs that cannot start leaves no connection behind", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  const projectId = await newProject(altalune.clients);
  await altalune.clients.webhooks.createWebhook({ projectId, url: nowhere });
  // The tables of a version to come, which this one does not know.
  await sql`insert into altalune_jobs.migrations (id, breaking) values (1000000, true)`.execute(altalune.db);
  const logger = createLogger("silent", { write: () => undefined });
  const runner = new JobRunner({ url: altalune.databaseUrl, services: altalune.services, logger });
  await expect(runner.look()).rejects.toThrow();
  expect(runner.isRunning).toBe(false);
  await expect.poll(() => connections(altalune), { timeout: 3_000 }).toBe(0);
});

test("two looks that ask at once start one runner", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  const projectId = await newProject(altalune.clients);
  await altalune.clients.webhooks.createWebhook({ projectId, url: nowhere });
  const logger = createLogger("silent", { write: () => undefined });
  const runner = new JobRunner({ url: altalune.databaseUrl, services: altalune.services, logger });
  const startIsHeld = await lockTables(altalune, "altalune_jobs.migrations");
  const first = runner.look();
  await expect.poll(() => connections(altalune, "Lock")).toBe(1);
  const answerIsHeld = await lockTables(altalune, "altalune_webhooks");
  const second = runner.look();
  await startIsHeld.end();
  await first;
  await answerIsHeld.end();
  await second;
  expect(runner.isRunning).toBe(true);
  expect(await connections(altalune)).toBeLessThanOrEqual(jobConnections);
  await runner.stop();
  await expect.poll(() => connections(altalune)).toBe(0);
});

test("a runner that could not write the end of one job, while others went on, gives way to another", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_WEBHOOK_ALLOW: "loopback" } });
  await using receiver = await startWebhookReceiver();
  const held = holdAnswers(receiver);
  const projectId = await newProject(altalune.clients);
  await altalune.clients.webhooks.createWebhook({ projectId, url: receiver.url });
  const newEvent = (ownerId: string) => newApiKey(altalune.clients, projectId, { ownerId });
  await Promise.all(["a", "b", "c", "d"].map(newEvent));
  await expect.poll(() => held.waiting.length, { timeout: 30_000 }).toBe(4);
  // What a sequence has given stays given: the first end of a job fails, and no other.
  await sql`create sequence ends_of_jobs minvalue 0`.execute(altalune.db);
  await sql`
    create function fail_once() returns trigger language plpgsql as $$
    begin
      if nextval('ends_of_jobs') = 0 then raise 'not this one'; end if;
      return old;
    end $$
  `.execute(altalune.db);
  await sql`
    create trigger fail_once before delete on altalune_jobs._private_jobs for each row execute function fail_once()
  `.execute(altalune.db);
  const ends = async () => {
    const { rows } = await sql<{ ended: bigint }>`
      select case when is_called then last_value + 1 else 0 end as ended from ends_of_jobs
    `.execute(altalune.db);
    return Number(rows[0]?.ended);
  };
  for (let ended = 1; ended < 4; ended++) {
    held.waiting.shift()?.writeHead(204).end();
    await expect.poll(ends).toBe(ended);
  }
  held.release(204);
  const { id } = await newEvent("e");
  const told = () => receiver.received.filter(({ body }) => body.includes(id)).length;
  await expect.poll(told, { timeout: 30_000 }).toBe(1);
});

test("the longer it takes to count the jobs, the less often that is done", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  const projectId = await newProject(altalune.clients);
  const times = [0, 1_000, 100_999, 101_000, 101_010];
  const queue = new JobQueue(altalune.db, () => times.shift() ?? Number.NaN);
  await queue.look();
  expect(queue.state.waiting).toBe(0);
  await newWebhook(altalune.clients, projectId);
  await queue.look();
  expect(queue.state.waiting).toBe(0);
  await queue.look();
  expect(queue.state.waiting).toBe(1);
});
