import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { grantedOf } from "../../rules/rate_limit/granted.js";
import { stopClockAt } from "../../support/clock.js";
import { casesOf } from "../../support/effort.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Member, startMember, stopMember } from "../propagation/fleet.js";

const kills = Number(process.env["LIMITS_KILLS"] ?? casesOf(4, 2));
const longestMs = 120;

let steady: TestInstance;
let projectId: string;
beforeAll(async () => {
  steady = await startTestInstance();
  projectId = await newProject(steady.clients, { allowNeverExpires: true });
  await stopClockAt(steady.db, new Date(`${new Date().toISOString().slice(0, 10)}T12:30:15.000Z`));
});
afterAll(() => steady.stop());

const startThree = () =>
  Promise.all(
    ["first", "second", "third"].map((name) =>
      startMember(name, {
        DATABASE_URL: steady.databaseUrl,
        ALTALUNE_MASTER_KEY: steady.masterKey,
        ALTALUNE_DATABASE_POOL: "5",
      }),
    ),
  );

/** How many of so many calls at once, by turns on each, are known to have been admitted. */
async function admittedOf(members: readonly Member[], key: string, calls: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: calls }, (_, i) =>
      members[i % members.length]?.rpc("VerificationService/VerifyApiKey", { key }),
    ),
  );
  return answers.filter((answer) => answer?.kind === "answered" && answer.body["valid"] === true).length;
}

async function kill9(members: readonly Member[]): Promise<void> {
  for (const { service } of members) {
    service.signal("SIGKILL");
  }
  await Promise.all(members.map(({ service }) => service.ended));
}

/** How many statements and transactions are under way, whoever began them. */
async function underWay(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
  `.execute(steady.db);
  return Number(rows[0]?.count);
}

test("three instances that are killed at once admit, with those after them, no more than the day allows", async () => {
  let doomed = await startThree();
  onTestFinished(() => kill9(doomed));
  for (let kill = 0; kill < kills; kill++) {
    const { value } = await newApiKey(steady.clients, projectId, { neverExpires: true, tier: "free" });
    const large = await newApiKey(steady.clients, projectId, { neverExpires: true, rateLimits: { perDay: 400 } });
    const before = [admittedOf(doomed, value, 200), admittedOf(doomed, large.value, 300)];
    await sleep(Math.random() * longestMs);
    const killed = kill9(doomed);
    const [small = 0, big = 0] = await Promise.all(before);
    await killed;
    // What they asked last may be granted after their death.
    await expect.poll(underWay, { timeout: 20_000 }).toBe(0);
    const lost = (await grantedOf(steady, large.id)).day - big;

    const after = await startThree();
    // Of the next kill, if there is one.
    doomed = after;
    expect(small + (await admittedOf(after, value, 200))).toBeLessThanOrEqual(25);
    // What was granted to those that are dead is lost, and no more than that.
    let total = big + (await admittedOf(after, large.value, 600));
    const admitMore = async () => {
      total += await admittedOf(after, large.value, 30);
      return total;
    };
    await expect.poll(admitMore, { timeout: 20_000 }).toBe(400 - lost);
    expect(await admitMore()).toBe(400 - lost);
  }
  await Promise.all(doomed.map(stopMember));
});
