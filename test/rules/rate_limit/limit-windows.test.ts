import { timestampDate } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { codeOf, verdictOf } from "../../support/verdict.js";

const { VALID, RATE_LIMITED } = VerificationCode;

let altalune: TestInstance;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients, { allowNeverExpires: true });
});
afterAll(() => altalune.stop());

async function keyWith(rateLimits: { perMinute?: number; perDay?: number }): Promise<string> {
  return (await newApiKey(altalune.clients, projectId, { neverExpires: true, rateLimits })).value;
}

function at(moment: string) {
  return stopClockAt(altalune.db, new Date(moment));
}

function code(key: string, cost = 1) {
  return codeOf(altalune.clients, key, { cost });
}

describe("a limit by the minute", () => {
  test("is a UTC minute's: it holds to the last millisecond and is whole in the next", async () => {
    const key = await keyWith({ perMinute: 2 });
    await at("2031-05-06T10:20:00.000Z");
    expect(await code(key, 2)).toBe(VALID);
    await at("2031-05-06T10:20:59.999Z");
    expect(await code(key)).toBe(RATE_LIMITED);
    await at("2031-05-06T10:21:00.000Z");
    expect(await code(key, 2)).toBe(VALID);
    expect(await code(key)).toBe(RATE_LIMITED);
  });

  test("says when it is whole again", async () => {
    const key = await keyWith({ perMinute: 2 });
    await at("2031-05-06T10:20:59.999Z");
    const { rateLimits } = await verdictOf(altalune.clients, key);
    expect(rateLimits.map(({ resetAt }) => resetAt && timestampDate(resetAt).toISOString())).toEqual([
      "2031-05-06T10:21:00.000Z",
    ]);
  });
});

describe("a limit by the day", () => {
  test("is a UTC day's, whatever the time zone of the database", async () => {
    const key = await keyWith({ perDay: 2 });
    await at("2031-05-06T00:00:00.000Z");
    expect(await code(key, 2)).toBe(VALID);
    for (const moment of ["2031-05-06T12:00:00.000Z", "2031-05-06T23:59:59.999Z"]) {
      await at(moment);
      expect(await code(key)).toBe(RATE_LIMITED);
    }
    await at("2031-05-07T00:00:00.000Z");
    expect(await code(key, 2)).toBe(VALID);
  });

  test("goes on through the minutes that are whole again", async () => {
    const key = await keyWith({ perMinute: 2, perDay: 5 });
    await at("2031-05-06T10:20:00.000Z");
    expect([await code(key, 2), await code(key)]).toEqual([VALID, RATE_LIMITED]);
    await at("2031-05-06T10:21:00.000Z");
    expect([await code(key, 2), await code(key)]).toEqual([VALID, RATE_LIMITED]);
    await at("2031-05-06T10:22:00.000Z");
    expect([await code(key, 2), await code(key), await code(key)]).toEqual([RATE_LIMITED, VALID, RATE_LIMITED]);
    await at("2031-05-07T10:22:00.000Z");
    expect(await code(key, 2)).toBe(VALID);
  });
});

test("a clock that goes back does not give away what was spent after that", async () => {
  const key = await keyWith({ perMinute: 2, perDay: 3 });
  await at("2031-05-06T10:21:00.000Z");
  expect(await code(key, 2)).toBe(VALID);
  await at("2031-05-06T10:20:30.000Z");
  expect(await code(key)).toBe(RATE_LIMITED);
  await at("2031-05-06T10:21:30.000Z");
  expect(await code(key)).toBe(RATE_LIMITED);
});
