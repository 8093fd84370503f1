import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/database.js";
import { narrow, newProject, newTarget, type Target, verification } from "./changes.js";
import { type Member, startMember, stopMember } from "./fleet.js";

let database: TestDatabase;
let first: Member;
let second: Member;
beforeAll(async () => {
  database = await createTestDatabase();
  const env = {
    DATABASE_URL: database.url,
    ALTALUNE_MASTER_KEY: Buffer.alloc(32, "k").toString("base64"),
    ALTALUNE_CACHE_LEASE: "2s",
  };
  first = await startMember("first", env);
  second = await startMember("second", env);
});
afterAll(async () => {
  await Promise.all([stopMember(first), stopMember(second)]);
  await database.drop();
});

test("a change returns while an instance is suspended, and that one, woken, asks the database before it answers", async () => {
  const target = (await newTarget(first.rpc, await newProject(first.rpc))) as Target;
  const ask = async () => {
    const answer = await second.rpc("VerificationService/VerifyApiKey", verification(target.value));
    return answer.kind === "answered" ? answer.body["code"] : answer;
  };
  expect([await ask(), await ask()]).toEqual(Array(2).fill("VERIFICATION_CODE_VALID"));

  second.service.signal("SIGSTOP");
  const returned = await narrow(first.rpc, "revoke", target);
  expect(returned).toMatchObject({ pendingInstances: 1 });
  expect(returned?.tookMs).toBeLessThan(10_000);
  console.log(`with an instance suspended the revocation returned after ${returned?.tookMs.toFixed(0)} ms`);
  await sleep(Math.max(0, (returned?.effectiveAt ?? 0) - Date.now()) + 10);
  const asked = ask();
  await sleep(50);
  second.service.signal("SIGCONT");
  expect(await asked).toBe("VERIFICATION_CODE_REVOKED");
}, 30_000);
