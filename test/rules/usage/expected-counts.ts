import { setTimeout as sleep } from "node:timers/promises";
import { Granularity } from "../../../gen/altalune/v1/usage_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { Clients } from "../../support/instance.js";

const hourMs = 3_600_000;

/** A key, and what verifications of it are answered with. */
export interface TalliedKey {
  readonly id: string;
  /** What to ask, and the name of the code that is the answer. */
  readonly requests: readonly { readonly code: string; readonly key: string; readonly requiredScopes: string[] }[];
  readonly counts: Map<string, bigint>;
  /** By the wall clock, in milliseconds. */
  lastValid: { from: number; to: number } | undefined;
}

export interface ExpectedCounts {
  readonly projectId: string;
  readonly keys: readonly TalliedKey[];
}

/** Makes keys whose verdicts are known: good ones, and one each that is switched off, revoked and expired. */
export async function newExpectedCounts(clients: Clients, good: number): Promise<ExpectedCounts> {
  const projectId = await newProject(clients);
  const keys: TalliedKey[] = [];
  const add = (id: string, key: string, ...codes: readonly [code: string, requiredScopes: string[]][]) => {
    const requests = codes.map(([code, requiredScopes]) => ({ code, key, requiredScopes }));
    keys.push({ id, requests, counts: new Map(), lastValid: undefined });
  };
  for (let i = 0; i < good; i++) {
    const { id, value } = await newApiKey(clients, projectId, { scopes: ["a"] });
    add(id, value, ["VALID", ["a"]], ["INSUFFICIENT_SCOPE", ["b"]]);
  }
  const disabled = await newApiKey(clients, projectId);
  await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: disabled.id });
  add(disabled.id, disabled.value, ["DISABLED", []]);
  const revoked = await newApiKey(clients, projectId);
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason: 1 });
  add(revoked.id, revoked.value, ["REVOKED", []]);
  const expired = await newApiKey(clients, projectId, { expiration: fromNow(500) });
  await sleep(600);
  add(expired.id, expired.value, ["EXPIRED", []]);
  return { projectId, keys };
}

/** Verifies keys at random through any of the instances, and adds up what the answers should be. */
export async function verifyAtRandom(
  instances: readonly Clients[],
  { keys }: ExpectedCounts,
  verifications: number,
): Promise<readonly string[]> {
  const surprises: string[] = [];
  let left = verifications;
  const call = async () => {
    while (left > 0) {
      left -= 1;
      const expectedOfKey = pick(keys);
      const { code, key, requiredScopes } = pick(expectedOfKey.requests);
      const from = Date.now();
      const { verification } = pick(instances);
      const answer = await verification.verifyApiKey({ key, requiredScopes });
      const got = VerificationCode[answer.code] ?? "";
      if (got !== code) {
        surprises.push(`${got} instead of ${code}`);
      }
      expectedOfKey.counts.set(got, (expectedOfKey.counts.get(got) ?? 0n) + 1n);
      if (got === "VALID" && from >= (expectedOfKey.lastValid?.from ?? 0)) {
        expectedOfKey.lastValid = { from, to: Date.now() };
      }
    }
  };
  await Promise.all(Array.from({ length: 16 }, call));
  return surprises;
}

/** What GetUsage says, by code. */
export async function usageOf(
  { usage }: Clients,
  projectId: string,
  apiKeyId?: string,
  granularity = Granularity.HOUR,
): Promise<Map<string, bigint>> {
  const { buckets } = await usage.getUsage({
    projectId,
    ...(apiKeyId === undefined ? {} : { apiKeyId }),
    startTime: fromNow(-2 * hourMs),
    endTime: fromNow(hourMs),
    granularity,
  });
  const sums = new Map<string, bigint>();
  for (const { counts } of buckets) {
    for (const [name, count] of Object.entries(counts)) {
      const code = name.replace("VERIFICATION_CODE_", "");
      sums.set(code, (sums.get(code) ?? 0n) + count);
    }
  }
  return sums;
}

/** What it should say of all keys. */
export function sumOf({ keys }: ExpectedCounts): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const [code, count] of keys.flatMap(({ counts }) => [...counts])) {
    sums.set(code, (sums.get(code) ?? 0n) + count);
  }
  return sums;
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}
