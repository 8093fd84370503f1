import type { RpcClient } from "./rpc-client.js";

/** As many as one call takes. */
const batch = 1_000;

/** What is answered of a key. */
export interface Remembered {
  readonly valid: boolean;
  readonly code: string;
  readonly projectId: string;
  readonly apiKeyId: string;
}

/** Has a service remember keys, without spending of their limits. @returns what it says of each, in their order */
export async function remember(rpc: RpcClient, keys: readonly string[]): Promise<readonly Remembered[]> {
  const told: Remembered[] = [];
  for (let start = 0; start < keys.length; start += batch) {
    const requests = keys.slice(start, start + batch).map((key) => ({ key, cost: 0 }));
    const answer = await rpc.call("VerificationService/BatchVerifyApiKeys", { requests });
    told.push(...(JSON.parse(answer) as { readonly responses: readonly Remembered[] }).responses);
  }
  return told;
}
