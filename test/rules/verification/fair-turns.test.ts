import { afterAll, beforeAll, expect, test } from "vitest";
import { Consistency, VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { inParallel } from "../../support/in-parallel.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";
import { newRootKey } from "../authority/root-keys.js";

let altalune: TestInstance;
let greedy: Clients;
let modest: Clients;
let key: string;
const limited: string[] = [];

beforeAll(async () => {
  altalune = await startTestInstance();
  const projectId = await newProject(altalune.clients, { allowNeverExpires: true, maxKeysPerOwner: 0 });
  key = (await newApiKey(altalune.clients, projectId, { neverExpires: true })).value;
  await inParallel(Array(250).keys(), async (i) => {
    const rateLimits = { perMinute: 1_000 };
    limited[i] = (await newApiKey(altalune.clients, projectId, { neverExpires: true, rateLimits })).value;
  });
  greedy = altalune.clientsWith((await newRootKey(altalune, { scopes: ["api_keys:verify"] })).value);
  modest = altalune.clientsWith((await newRootKey(altalune, { scopes: ["api_keys:verify"] })).value);
});
afterAll(() => altalune.stop());

/** The median of what calls take, in milliseconds. */
function medianOf(took: readonly number[]): number {
  return took.toSorted((a, b) => a - b)[took.length >> 1] ?? Number.NaN;
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await call();
  return performance.now() - since;
}

/** What a cold verification takes while somebody does this over and over, several times at once, and what that takes. */
async function during(atOnce: number, attack: () => Promise<unknown>) {
  let over = false;
  const own: number[] = [];
  const cold: number[] = [];
  const attacking = Array.from({ length: atOnce }, async () => {
    while (!over) {
      // On a busy machine the attacker may be told to come again, which is what it deserves.
      own.push(await timed(() => attack().catch(() => undefined)));
    }
  });
  const measuring = async () => {
    for (let i = 0; i < 21; i++) {
      cold.push(
        await timed(() => modest.verification.verifyApiKey({ key, consistency: Consistency.FULLY_CONSISTENT })),
      );
    }
    over = true;
  };
  await Promise.all([...attacking, measuring()]);
  return { cold: medianOf(cold), own: medianOf(own) };
}

test("a thousand reads of limits in a batch take a few statements, and its answers are in order", async () => {
  const requests = Array.from({ length: 1_000 }, (_, i) => ({ key: limited[i % limited.length] ?? "", cost: 0 }));
  const { responses } = await greedy.verification.batchVerifyApiKeys({ requests });
  expect(responses.map(({ code }) => code)).toEqual(requests.map(() => VerificationCode.VALID));
  const { responses: again } = await greedy.verification.batchVerifyApiKeys({
    requests: limited.map((value, i) => ({ key: value, cost: i % 2 === 0 ? 2_000 : 0 })),
  });
  expect(again.map(({ code }) => code)).toEqual(
    limited.map((_, i) => (i % 2 === 0 ? VerificationCode.RATE_LIMITED : VerificationCode.VALID)),
  );
});

test("batches of limit reads by one root key do not hold up the cold verifications of another", async () => {
  const requests = Array.from({ length: 1_000 }, (_, i) => ({ key: limited[i % limited.length] ?? "", cost: 0 }));
  const { cold, own } = await during(4, () => greedy.verification.batchVerifyApiKeys({ requests }));
  expect(cold).toBeLessThan(own);
}, 60_000);

test("signed requests with made-up ids by one root key do not hold up the cold verifications of another", async () => {
  const madeUp = {
    apiKeyId: "a".repeat(14),
    projectId: "a".repeat(14),
    nonce: "n".repeat(28),
    method: "GET",
    path: "/",
    bodySha256: new Uint8Array(32),
    signature: new Uint8Array(32),
  };
  const attack = () => {
    const timestamp = { seconds: BigInt(Math.floor(Date.now() / 1000)), nanos: 0 };
    return greedy.verification.verifySignedRequest({ ...madeUp, timestamp });
  };
  const { cold, own } = await during(200, attack);
  expect(cold).toBeLessThan(own / 2);
}, 60_000);
