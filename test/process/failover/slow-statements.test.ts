import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";
import { openUnmigrated } from "../../../src/platform/postgres/open.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { readyOf } from "./verdicts.js";

const heldMs = 7_000;

test("a statement that is merely slow is waited for, and the service stays ready, with as few connections as may be", async () => {
  const altalune = await startTestInstance({ env: { ALTALUNE_DATABASE_POOL: "3" } });
  onTestFinished(() => altalune.stop());
  const other = openUnmigrated(altalune.databaseUrl, createLogger("silent"));
  onTestFinished(() => other.destroy());
  const projectId = await newProject(altalune.clients);

  const holding = other.transaction().execute(async (tx) => {
    await sql`lock table altalune_audit_events in access exclusive mode`.execute(tx);
    const listed = altalune.clients.audit.queryAuditEvents({ projectId });
    listed.catch(() => undefined);
    const until = performance.now() + heldMs;
    while (performance.now() < until) {
      expect((await readyOf(altalune)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return { listed };
  });
  expect(await (await holding).listed).toMatchObject({ data: [expect.anything()] });
}, 30_000);
