import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { UnclaimedValue } from "../../../gen/altalune/v1/rotation_pb.js";
import { Consistency, VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { rotateDue } from "../../support/rotation.js";
import { actionsOf } from "../../support/trail.js";

const { VALID, EXPIRED } = VerificationCode;
const hourMs = dayMs / 24;
const graceMs = 12 * hourMs;
const days = 90;

let altalune: TestInstance;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients);
});
afterAll(() => altalune.stop());
afterEach(() => setClockAhead(altalune.db, 0));

const rotating = (unclaimed: UnclaimedValue) =>
  newApiKey(altalune.clients, projectId, {
    expiration: fromNow(200 * dayMs),
    rotationPolicy: { every: durationFromMs(dayMs), grace: durationFromMs(graceMs), unclaimed },
  });

/** As the database has it: its clock is turned. */
async function codesOf(...values: readonly string[]): Promise<readonly VerificationCode[]> {
  const requests = values.map((key) => ({ key, consistency: Consistency.FULLY_CONSISTENT }));
  const { responses } = await altalune.clients.verification.batchVerifyApiKeys({ requests });
  return responses.map(({ code }) => code);
}

/** How long after a day's rotation its value is claimed: at once, within the grace, and at its very end. From its half on people are reminded. */
const claimedAfterMs = [0, hourMs, graceMs / 2 - 60_000, graceMs - 60_000];

describe("a key that is rotated each day over 90 days", () => {
  test("always has a value that works, of those that its client has claimed within the grace", async () => {
    const { id, value } = await rotating(UnclaimedValue.END);
    const values = [value];
    const expected = ["api_key.created"];
    for (let day = 1; day <= days; day++) {
      const dueMs = day * dayMs + 60_000;
      const current = values.at(-1) ?? "";
      await setClockAhead(altalune.db, dueMs - 120_000);
      expect(await codesOf(current)).toEqual([VALID]);
      await setClockAhead(altalune.db, dueMs);
      await rotateDue(altalune);
      expect(await codesOf(current)).toEqual([VALID]);
      const laterMs = claimedAfterMs[day % claimedAfterMs.length] ?? 0;
      await setClockAhead(altalune.db, dueMs + laterMs - 1_000);
      expect(await codesOf(current)).toEqual([VALID]);
      await altalune.services.apiKeys.remindOfUnclaimed();
      const { keyValue } = await altalune.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: id });
      expected.push("api_key.rotated", ...(laterMs > graceMs / 2 ? ["api_key.unclaimed"] : []), "api_key.claimed");
      expect(await codesOf(current, keyValue)).toEqual([VALID, VALID]);
      await setClockAhead(altalune.db, dueMs + graceMs + 60_000);
      expect(await codesOf(current, keyValue)).toEqual([EXPIRED, VALID]);
      values.push(keyValue);
    }
    expect(new Set(values).size).toBe(days + 1);
    expect(await actionsOf(altalune.clients, projectId, id)).toEqual(expected);
  }, 300_000);

  test("whose values wait for their claims keeps the one before as long as that takes, and a grace longer", async () => {
    const { id, value } = await rotating(UnclaimedValue.KEEP);
    let current = value;
    let nowMs = 0;
    let rotations = 0;
    while (nowMs < days * dayMs) {
      nowMs += dayMs + 60_000;
      await setClockAhead(altalune.db, nowMs);
      await rotateDue(altalune);
      // Longer than the grace, now and then: nobody was there to claim it.
      nowMs += (rotations % 3) * graceMs * 2;
      await setClockAhead(altalune.db, nowMs);
      await rotateDue(altalune);
      expect(await codesOf(current)).toEqual([VALID]);
      const { keyValue } = await altalune.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: id });
      expect(await codesOf(current, keyValue)).toEqual([VALID, VALID]);
      await setClockAhead(altalune.db, nowMs + graceMs - 60_000);
      expect(await codesOf(current, keyValue)).toEqual([VALID, VALID]);
      await setClockAhead(altalune.db, nowMs + graceMs + 60_000);
      expect(await codesOf(current, keyValue)).toEqual([EXPIRED, VALID]);
      current = keyValue;
      rotations += 1;
    }
    const actions = await actionsOf(altalune.clients, projectId, id);
    expect(actions.filter((action) => action === "api_key.rotated")).toHaveLength(rotations);
  }, 300_000);
});
