import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { startTestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";
import { readyOf } from "./verdicts.js";

const patient = { timeout: 25_000, interval: 500 };

test("the metric says that the service is not ready without anybody asking /readyz, and where the look itself fails", async () => {
  const altalune = await startTestInstance();
  onTestFinished(() => altalune.stop());
  await expect.poll(async () => (await readyOf(altalune)).status, patient).toBe(200);
  await expect.poll(() => metricsOf(altalune), patient).toMatch(/^altalune_ready\{for="verification"\} 1$/m);

  await sql`alter function pg_notification_queue_usage() rename to not_there`.execute(altalune.db);
  await expect.poll(() => metricsOf(altalune), patient).toMatch(/^altalune_ready\{for="verification"\} 0$/m);
  expect(await metricsOf(altalune)).toMatch(/^altalune_ready\{for="changes"\} 0$/m);
  expect((await readyOf(altalune)).status).toBe(503);

  await sql`alter function not_there() rename to pg_notification_queue_usage`.execute(altalune.db);
  await expect.poll(() => metricsOf(altalune), patient).toMatch(/^altalune_ready\{for="verification"\} 1$/m);
}, 60_000);
