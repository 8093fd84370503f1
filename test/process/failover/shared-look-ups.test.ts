import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";
import { openUnmigrated } from "../../../src/platform/postgres/open.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { lockWaits } from "../../support/locks.js";

test("while the look-up of projects hangs, however long, no second one is begun beside it", async () => {
  const altalune = await startTestInstance();
  onTestFinished(() => altalune.stop());
  const open = () => {
    const db = openUnmigrated(altalune.databaseUrl, createLogger("silent"));
    onTestFinished(() => db.destroy());
    return db;
  };
  const [other, looking] = [open(), open()];
  const projectId = await newProject(altalune.clients);
  await other.transaction().execute(async (tx) => {
    await sql`lock table altalune_projects in access exclusive mode`.execute(tx);
    const calls: Promise<unknown>[] = [];
    const until = performance.now() + 8_000;
    let hanging = 0;
    while (performance.now() < until) {
      const call = altalune.clients.apiKeys.queryApiKeys({ projectId });
      call.catch(() => undefined);
      calls.push(call);
      const waiting = await lockWaits(looking, '%from "altalune_projects"%public_id%');
      expect(waiting).toBeLessThanOrEqual(1);
      hanging += waiting;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(hanging).toBeGreaterThan(0);
    await expect(calls[0]).rejects.toThrow(/database/);
  });
}, 40_000);
