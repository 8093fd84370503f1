import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { setClockAhead, setClockAheadToNewMinute } from "../../support/clock.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { answerOf } from "./verdicts.js";

let altalune: TestInstance;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_CACHE_LEASE: "2s" } });
  projectId = await newProject(altalune.clients);
});
afterEach(() => setClockAhead(altalune.db, 0));
afterAll(() => altalune.stop());

test("a remembered key expires by the database's clock as it is now, not as it was when the key was read", async () => {
  const { value } = await newApiKey(altalune.clients, projectId, { expiration: fromNow(dayMs) });
  await expect.poll(() => answerOf(altalune, value)).toBe("VALID");
  await setClockAhead(altalune.db, 2 * dayMs);
  const until = performance.now() + 3_000;
  let answer = "";
  // Asked all the time, so that it is remembered.
  while (answer !== "EXPIRED" && performance.now() < until) {
    answer = await answerOf(altalune, value);
  }
  expect(answer).toBe("EXPIRED");
  await setClockAhead(altalune.db, 0);
  await expect.poll(() => answerOf(altalune, value), { timeout: 3_000 }).toBe("VALID");
});

test.each([
  ["minute", { perMinute: 5 }],
  ["day", { perDay: 5 }],
])(
  "a key whose limit by the %s was spent while the clock was a day ahead is not blocked until then",
  async (_, rateLimits) => {
    const { value } = await newApiKey(altalune.clients, projectId, { rateLimits, expiration: fromNow(10 * dayMs) });
    await setClockAheadToNewMinute(altalune.db, dayMs + 3_600_000);
    for (let i = 0; i < 5; i++) {
      expect(await answerOf(altalune, value)).toBe("VALID");
    }
    expect(await answerOf(altalune, value)).toBe("RATE_LIMITED");
    await setClockAheadToNewMinute(altalune.db, 0);
    for (let i = 0; i < 5; i++) {
      expect(await answerOf(altalune, value)).toBe("VALID");
    }
    expect(await answerOf(altalune, value)).toBe("RATE_LIMITED");
    const { rateLimits: left } = await altalune.clients.verification.verifyApiKey({ key: value, cost: 0 });
    expect(left[0]?.remaining).toBe(0);
  },
);
