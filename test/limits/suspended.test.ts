import { afterAll, beforeAll, expect, test } from "vitest";
import { type Member, startMember, stopMember } from "../propagation/fleet.js";
import { newApiKey, newProject } from "../setup/fixtures.js";
import { startTestInstance, type TestInstance } from "../setup/instance.js";
import { metricOf } from "./granted.js";

let steady: TestInstance;
let sleeper: Member;
beforeAll(async () => {
  steady = await startTestInstance();
  sleeper = await startMember("sleeper", { DATABASE_URL: steady.databaseUrl, ALTALUNE_MASTER_KEY: steady.masterKey });
});
afterAll(async () => {
  await stopMember(sleeper);
  await steady.stop();
});

test("an instance that wakes up when the minute is over spends nothing of that minute any more", async () => {
  const projectId = await newProject(steady.clients);
  const limit = 100_000;
  const { value } = await newApiKey(steady.clients, projectId, { rateLimits: { perMinute: limit } });
  const url = await sleeper.service.ready;
  const ask = async () => {
    const answer = await sleeper.rpc("VerificationService/VerifyApiKey", { key: value });
    const body = answer.kind === "answered" ? answer.body : {};
    const [state] = (body["rateLimits"] ?? []) as readonly { remaining: number; resetAt: string }[];
    return { code: body["code"], remaining: state?.remaining ?? 0, resetAt: Date.parse(state?.resetAt ?? "") };
  };
  let last = await ask();
  // A share is there once calls are answered from it.
  while (
    Number.isNaN(await metricOf({ url }, "altalune_limit_spends_from_shares_total")) ||
    last.remaining > limit / 2
  ) {
    await Promise.all(Array.from({ length: 100 }, ask));
    last = await ask();
  }
  sleeper.service.signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, last.resetAt - Date.now()) + 200));
  const woken = ask();
  sleeper.service.signal("SIGCONT");
  expect(await woken).toEqual({
    code: "VERIFICATION_CODE_VALID",
    remaining: limit - 1,
    resetAt: last.resetAt + 60_000,
  });
});
