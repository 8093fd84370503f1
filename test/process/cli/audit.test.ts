import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { internalIdOf, newProject } from "../../support/fixtures.js";
import { type HeldEvents, holdEvents } from "../../support/hold-events.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { lengthenTrail } from "../../support/long-trail.js";
import { altalune, type Environment, ended, spawnCommand } from "./command.js";
import { altaluneHere } from "./in-process.js";

/** More than one part of a walk. */
const length = 10_500;

let instance: TestInstance;
let env: Environment;
let projectId: string;
let internalId: bigint;
beforeAll(async () => {
  instance = await startTestInstance();
  env = { DATABASE_URL: instance.databaseUrl, ALTALUNE_MASTER_KEY: instance.masterKey };
  projectId = await newProject(instance.clients);
  internalId = await internalIdOf(instance.db, projectId);
  await lengthenTrail({ ...instance, internalId }, length - 1);
});
afterAll(() => instance.stop());

/** Changes an event of a project at the database, and puts it back when the test is over. */
async function tamper(sequence: number, id = internalId): Promise<void> {
  const set = (actor: string) => sql`
    update altalune_audit_events set actor = ${actor} where project_id = ${id} and sequence = ${sequence}
  `;
  await set("nobody").execute(instance.db);
  onTestFinished(async () => void (await set("cli").execute(instance.db)));
}

async function untilWaiting(held: HeldEvents): Promise<void> {
  await expect.poll(() => held.waiting()).toBe(1);
}

describe("altalune audit verify", () => {
  test("walks a project's whole trail, and prints its head as VerifyAuditTrail takes it", async () => {
    const { code, stdout, stderr } = await altalune(["audit", "verify", "--project", projectId], env);
    const { headHash } = await instance.clients.audit.verifyAuditTrail({ projectId });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `the trail of project ${projectId} is intact: ${length} events were checked, its head is ${Buffer.from(headHash).toString("base64")}\n`,
      stderr: "",
    });
  });

  test.each([2, 10_000, 10_001, length])("names event %i, which was changed, and exits with 1", async (sequence) => {
    await tamper(sequence);
    const run = sequence === 2 ? altalune : altaluneHere;
    const { code, stdout, stderr } = await run(["audit", "verify", "--project", projectId], env);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: `the trail of project ${projectId} is not intact: it breaks at sequence ${sequence}\n`,
      stderr: "",
    });
  });

  test("goes on from a place, and trusts what lies before", async () => {
    await tamper(5_000);
    const from = (sequence: number) =>
      altaluneHere(["audit", "verify", "--project", projectId, "--from", `${sequence}`], env);
    expect(await from(5_001)).toMatchObject({ code: 0, stdout: expect.stringContaining(" 5500 events were checked") });
    expect(await from(4_999)).toMatchObject({ code: 1, stdout: expect.stringMatching(/ breaks at sequence 5000\n$/) });
  });

  test("walks every project's trail and the instance's own, deleted projects' too", async () => {
    const deleted = await newProject(instance.clients);
    await instance.clients.projects.deleteProject({ projectId: deleted });
    const { rows } = await sql<{ trails: number; events: number }>`
      select count(*)::int as trails, sum(sequence)::int as events from altalune_audit_heads
    `.execute(instance.db);
    expect(await altaluneHere(["audit", "verify"], env)).toEqual({
      code: 0,
      stdout: `all ${rows[0]?.trails} trails are intact: ${rows[0]?.events} events were checked\n`,
      stderr: "",
    });

    await tamper(2, await internalIdOf(instance.db, deleted));
    await tamper(1, 0n);
    const { code, stdout } = await altaluneHere(["audit", "verify"], env);
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "the instance's own trail is not intact: it breaks at sequence 1",
      `the trail of project ${deleted} is not intact: it breaks at sequence 2`,
      `2 of ${rows[0]?.trails} trails are not intact`,
      "",
    ]);
  });

  test("says on stderr, now and then, how far a long walk is", async () => {
    const held = await holdEvents(instance);
    const walk = spawnCommand(["audit", "verify", "--project", projectId], env);
    const walked = ended(walk);
    await untilWaiting(held);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await held.release();
    expect(await walked).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(" is intact: "),
      stderr: `the trail of project ${projectId}: 10000 of ${length} events, 95 %\n`,
    });
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends without a word on %s", async (signal) => {
    const held = await holdEvents(instance);
    const walk = spawnCommand(["audit", "verify"], env);
    const over = once(walk, "exit");
    const walked = ended(walk);
    await untilWaiting(held);
    walk.kill(signal);
    await over;
    expect(await walked).toEqual({ code: signal === "SIGINT" ? 130 : 143, stdout: "", stderr: "" });
  });

  test.each([
    [["--project", "zzzzzzzzzzzzzz"], /^altalune: --project must be the id of a project that there is, or was/],
    [["--project", "x", "--from", "0"], /^altalune: --from must be the sequence of an event/],
    [["--project", "x", "--from", "9223372036854775808"], /^altalune: --from must be the sequence of an event/],
    [["--from", "7"], /^altalune: --from is a place in one project's trail: name that with --project/],
    [["--projekt", "x"], /unknown option '--projekt'/],
  ])("%j is no answer: it says what is wrong, and exits with 2", async (args, sentence) => {
    const { code, stdout, stderr } = await altaluneHere(["audit", "verify", ...args], env);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(sentence) });
  });

  test("exits with 2 when the database cannot be had, or the master key is another's", async () => {
    const unreachable = { ...env, DATABASE_URL: "postgresql://127.0.0.1:1/none" };
    expect(await altalune(["audit", "verify"], unreachable)).toMatchObject({ code: 2, stdout: "" });
    const another = { ...env, ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64") };
    expect(await altaluneHere(["audit", "verify"], another)).toMatchObject({ code: 2, stdout: "" });
  });

  test("--help names its exit codes", async () => {
    const { code, stdout } = await altaluneHere(["audit", "verify", "--help"], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Exit codes: 0 .* 1 .* 2 /);
  });
});
