import { expect, vi } from "vitest";
import { dayMs, fromNow } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";

type Call = Omit<Parameters<Clients["verification"]["verifyApiKey"]>[0], "key" | "$typeName">;

interface UsedKey {
  readonly projectId: string;
  readonly id: string;
  readonly value: string;
}

/** Has a key verified once for each of these, and waits until the service tells where that came from. */
export async function usedFrom({ clients }: TestInstance, key: UsedKey, ...calls: readonly Call[]): Promise<void> {
  const { projectId, id: apiKeyId, value } = key;
  const told = async () => {
    const period = { startTime: fromNow(-dayMs), endTime: fromNow(dayMs) };
    const { networks } = await clients.usage.getApiKeyUsageBySource({ projectId, apiKeyId, ...period, limit: 100 });
    return networks.reduce((sum, { verifications }) => sum + Number(verifications), 0);
  };
  const before = await told();
  for (const call of calls) {
    await clients.verification.verifyApiKey({ key: value, ...call });
  }
  await vi.waitFor(async () => expect(await told()).toBe(before + calls.length), { timeout: 20_000, interval: 200 });
}
