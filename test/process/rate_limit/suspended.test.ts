import { afterAll, beforeAll, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Member, startMember, stopMember } from "../propagation/fleet.js";

/** From when on a share of the minute that comes may be held as well, in milliseconds before its end. */
const aheadMs = 5_000;

let steady: TestInstance;
let sleeper: Member;
beforeAll(async () => {
  steady = await startTestInstance();
  sleeper = await startMember("sleeper", {
    DATABASE_URL: steady.databaseUrl,
    ALTALUNE_MASTER_KEY: steady.masterKey,
    ALTALUNE_DATABASE_POOL: "5",
  });
});
afterAll(async () => {
  await stopMember(sleeper);
  await steady.stop();
});

test("an instance that wakes up when the minute is over spends nothing of that minute any more", async () => {
  const projectId = await newProject(steady.clients);
  const limit = 100_000;
  const { value } = await newApiKey(steady.clients, projectId, { rateLimits: { perMinute: limit } });
  const ask = async () => {
    const answer = await sleeper.rpc("VerificationService/VerifyApiKey", { key: value });
    const body = answer.kind === "answered" ? answer.body : {};
    const [state] = (body["rateLimits"] ?? []) as readonly { remaining: number; resetAt: string }[];
    return { code: body["code"], remaining: state?.remaining ?? 0, resetAt: Date.parse(state?.resetAt ?? "") };
  };
  let last = await ask();
  // An answer from a share says how much is left of that.
  while (last.remaining > limit / 2 || last.resetAt - Date.now() < aheadMs) {
    await Promise.all(Array.from({ length: 100 }, ask));
    last = await ask();
  }
  expect(last.code).toBe("VERIFICATION_CODE_VALID");
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
