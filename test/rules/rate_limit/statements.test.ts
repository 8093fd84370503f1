import { afterAll, beforeAll, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { inParallel } from "../../support/in-parallel.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { burst, inTurn } from "./burst.js";
import { metricOf } from "./granted.js";

const { VALID, RATE_LIMITED } = VerificationCode;

let altalune: TestInstance;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients, { allowNeverExpires: true, maxKeysPerOwner: 0 });
  await stopClockAt(altalune.db, new Date(`${new Date().toISOString().slice(0, 10)}T12:30:15.000Z`));
});
afterAll(() => altalune.stop());

const newKey = async (perDay: number) =>
  (await newApiKey(altalune.clients, projectId, { neverExpires: true, rateLimits: { perDay } })).value;

const refills = async () => {
  const count = await metricOf(altalune, "altalune_limit_refills_total");
  return Number.isNaN(count) ? 0 : count;
};

test("a batch over many keys takes a few statements, and its answers are in order", async () => {
  const keys: string[] = [];
  await inParallel(Array(250).keys(), async (i) => {
    keys[i] = await newKey(i % 2 === 0 ? 1 : 3);
  });
  const before = await refills();
  const requests = [...keys, ...keys, ...keys].map((key) => ({ key }));
  const { responses } = await altalune.clients.verification.batchVerifyApiKeys({ requests });
  expect(responses.map(({ code }) => code)).toEqual(
    requests.map((_, i) => (i < keys.length || (i % keys.length) % 2 === 1 ? VALID : RATE_LIMITED)),
  );
  expect((await refills()) - before).toBeLessThanOrEqual(10);
});

test("a batch of one key spends in the order of its requests, and asks for all at once", async () => {
  const key = await newKey(25);
  const before = await refills();
  const costs = [7, 0, 7, 7, 7, 30, 1, 1, 1, 1, 1, 0];
  const { responses } = await altalune.clients.verification.batchVerifyApiKeys({
    requests: costs.map((cost) => ({ key, cost })),
  });
  const [no, ok] = [RATE_LIMITED, VALID];
  expect(responses.map(({ code }) => code)).toEqual([ok, ok, ok, ok, no, no, ok, ok, ok, ok, no, ok]);
  expect((await refills()) - before).toBeLessThanOrEqual(costs.length);
});

test("calls of different costs share statements too, also those that are refused", async () => {
  const key = await newKey(1_000);
  const before = await refills();
  const costs = Array.from({ length: 1_000 }, (_, i) => [1, 2, 5_000][i % 3] ?? 1);
  const { responses } = await altalune.clients.verification.batchVerifyApiKeys({
    requests: costs.map((cost) => ({ key, cost })),
  });
  const spent = responses.reduce((sum, { code }, i) => sum + (code === VALID ? (costs[i] ?? 0) : 0), 0);
  expect(spent).toBe(1_000);
  expect((await refills()) - before).toBeLessThanOrEqual(20);
});

test("calls at once share statements, and calls in a row are mostly answered without one", async () => {
  const key = await newKey(1_000_000);
  await burst([altalune], key, 10);
  const [statements, local] = [await refills(), await spentFromShares()];
  const { admitted } = await burst([altalune], key, 1_000);
  await inTurn([altalune], key, 200);
  expect(admitted).toBe(1_000);
  expect((await refills()) - statements).toBeLessThan(300);
  expect((await spentFromShares()) - local).toBeGreaterThan(0);
});

test("an answer from a share never says that more is left than is, and says that something is", async () => {
  const key = await newKey(3_000);
  for (let spent = 1; spent <= 400; spent++) {
    const { rateLimits } = await altalune.clients.verification.verifyApiKey({ key });
    expect(rateLimits[0]?.remaining).toBeLessThanOrEqual(3_000 - spent);
    expect(rateLimits[0]?.remaining).toBeGreaterThan(0);
  }
});

test("an answer that is too large for warm verification spends once", async () => {
  const metadata = { text: "a".repeat(2_000) };
  const { value } = await newApiKey(altalune.clients, projectId, {
    neverExpires: true,
    metadata,
    rateLimits: { perDay: 100_000 },
  });
  await burst([altalune], value, 300);
  await inTurn([altalune], value, 200);
  await expect
    .poll(async () => {
      const { rateLimits } = await altalune.clients.verification.verifyApiKey({ key: value, cost: 0 });
      return rateLimits[0]?.remaining;
    })
    .toBe(100_000 - 500);
});

const spentFromShares = () => metricOf(altalune, "altalune_limit_spends_from_shares_total");
