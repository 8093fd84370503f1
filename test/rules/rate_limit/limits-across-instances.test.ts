import { afterAll, beforeAll, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";

let first: TestInstance;
let second: TestInstance;
let projectId: string;
beforeAll(async () => {
  first = await startTestInstance();
  second = await startTestInstance({ beside: first });
  projectId = await newProject(first.clients, { allowNeverExpires: true });
  // Midnight must not pass between two calls.
  await stopClockAt(first.db, new Date());
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

/** How many of so many calls at once, half of them on each instance, are VALID; the others are RATE_LIMITED. */
async function admittedOf(calls: number, key: string, cost = 1): Promise<number> {
  const verify = async ({ verification }: Clients) => (await verification.verifyApiKey({ key, cost })).code;
  const codes = await Promise.all(
    Array.from({ length: calls }, (_, i) => verify((i % 2 === 0 ? first : second).clients)),
  );
  const admitted = codes.filter((code) => code === VerificationCode.VALID).length;
  expect(codes.filter((code) => code === VerificationCode.RATE_LIMITED)).toHaveLength(calls - admitted);
  return admitted;
}

test("40 calls at once on two instances are admitted exactly as often as the day allows: 25 times", async () => {
  const { value } = await newApiKey(first.clients, projectId, { neverExpires: true, tier: "free" });
  expect(await admittedOf(40, value)).toBe(25);
  expect(await admittedOf(10, value)).toBe(0);
});

test("calls of cost 4 at once never go past the limit, and leave what does not hold another", async () => {
  const { value } = await newApiKey(first.clients, projectId, { neverExpires: true, tier: "free" });
  expect(await admittedOf(20, value, 4)).toBe(6);
  expect(await admittedOf(4, value)).toBe(1);
});

test("calls at once on two instances are bound by the tighter of both windows", async () => {
  const rateLimits = { perMinute: 10, perDay: 15 };
  const { value } = await newApiKey(first.clients, projectId, { neverExpires: true, rateLimits });
  expect(await admittedOf(40, value)).toBe(10);
  const { rateLimits: left } = await second.clients.verification.verifyApiKey({ key: value, cost: 0 });
  expect(left.map(({ remaining }) => remaining)).toEqual([0, 5]);
});
