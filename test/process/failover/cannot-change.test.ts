import { Code } from "@connectrpc/connect";
import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";
import { openUnmigrated } from "../../../src/platform/postgres/open.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";
import { answerOf, readyOf } from "./verdicts.js";

const patient = { timeout: 20_000, interval: 200 };

test.each([
  ["25006", "the database is read-only"],
  ["53100", "the database's disk is full"],
])(
  "where the database refuses changes with %s, verification goes on, and /readyz and a metric say so",
  async (state, reason) => {
    const altalune = await startTestInstance();
    onTestFinished(() => altalune.stop());
    const projectId = await newProject(altalune.clients);
    const { value } = await newApiKey(altalune.clients, projectId);
    await expect
      .poll(async () => JSON.parse((await readyOf(altalune)).text), patient)
      .toEqual({
        ready: true,
        reasons: [],
        canVerify: true,
        canChange: true,
      });

    await sql`
    create function refuse_changes() returns trigger language plpgsql as ${sql.lit(
      `begin raise exception 'refused by a test' using errcode = '${state}'; end`,
    )}
  `.execute(altalune.db);
    for (const table of ["altalune_settings", "altalune_project_api_keys"]) {
      await sql`
      create trigger refuse before insert or update on ${sql.table(table)} for each statement execute function refuse_changes()
    `.execute(altalune.db);
    }
    await expect(newApiKey(altalune.clients, projectId)).rejects.toMatchObject({ code: Code.Unavailable });
    await expect
      .poll(async () => JSON.parse((await readyOf(altalune)).text), patient)
      .toEqual({
        ready: true,
        reasons: [`no change can be made: ${reason}`],
        canVerify: true,
        canChange: false,
      });
    expect((await readyOf(altalune)).status).toBe(200);
    expect(await answerOf(altalune, value)).toBe("VALID");
    expect(await metricsOf(altalune)).toMatch(/^altalune_ready\{for="changes"\} 0$/m);
    expect(await metricsOf(altalune)).toMatch(/^altalune_ready\{for="verification"\} 1$/m);

    for (const table of ["altalune_settings", "altalune_project_api_keys"]) {
      await sql`drop trigger refuse on ${sql.table(table)}`.execute(altalune.db);
    }
    await newApiKey(altalune.clients, projectId);
    await expect.poll(async () => JSON.parse((await readyOf(altalune)).text).canChange, patient).toBe(true);
  },
  60_000,
);

test("an instance that is held up in the middle of its own check of writes keeps no other from saying that it can change", async () => {
  const altalune = await startTestInstance();
  onTestFinished(() => altalune.stop());
  const other = openUnmigrated(altalune.databaseUrl, createLogger("silent"));
  onTestFinished(() => other.destroy());
  await other.transaction().execute(async (tx) => {
    await sql`insert into altalune_settings (name, value) values ('write_check', '')`.execute(tx);
    await expect.poll(async () => JSON.parse((await readyOf(altalune)).text), patient).toMatchObject({ ready: true });
    const until = performance.now() + 13_000;
    while (performance.now() < until) {
      expect(JSON.parse((await readyOf(altalune)).text)).toMatchObject({ ready: true, canChange: true });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  });
}, 60_000);
