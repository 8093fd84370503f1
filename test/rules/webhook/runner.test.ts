import { sql } from "kysely";
import { expect, test } from "vitest";
import { JobRunner } from "../../../src/app/job-runner.js";
import { JobQueue } from "../../../src/platform/jobs/queue.js";
import { createLogger } from "../../../src/platform/logger.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { newWebhook, nowhere } from "../../support/webhooks.js";

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
  const connections = async () => {
    const { rows } = await sql<{ count: bigint }>`
      select count(*) from pg_stat_activity
      where datname = current_database() and application_name = 'altalune jobs'
    `.execute(altalune.db);
    return Number(rows[0]?.count);
  };
  await expect.poll(connections, { timeout: 3_000 }).toBe(0);
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
