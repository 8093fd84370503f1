import { closedCalls } from "../lib/closed-calls.js";
import type { Remembered } from "../lib/remember.js";
import { type Key, newRememberedKeys } from "../lib/remembered-keys.js";
import { RpcClient, startingAt } from "../lib/rpc-client.js";
import type { ServiceProcess } from "../lib/service-process.js";

interface RevokeAnswer {
  readonly propagation: { readonly effectiveAt: string; readonly pendingInstances: number };
}

/** Revokes keys that all instances remember, and asks the others for each as soon as its revocation has returned. */
export class Revocations {
  readonly #databaseUrl: string;
  readonly #masterKey: string;
  readonly #rpcs: readonly RpcClient[];
  revoked = 0;
  /** Asked after a revocation had returned, by the code of the answer. */
  readonly verdictsAfterwards = new Map<string, number>();
  /** Answers that did not say that the revocation is in force everywhere. */
  readonly pending: string[] = [];

  constructor(databaseUrl: string, services: readonly ServiceProcess[]) {
    this.#databaseUrl = databaseUrl;
    this.#masterKey = services[0]?.masterKey ?? "";
    this.#rpcs = services.map((service) => new RpcClient(service));
  }

  /** @returns how many milliseconds each RevokeApiKey took, ascending */
  async run(connections: number, count: number, projects: number): Promise<Float64Array> {
    const keys = await newRememberedKeys({
      databaseUrl: this.#databaseUrl,
      masterKey: this.#masterKey,
      rpcs: this.#rpcs,
      count,
      projects,
    });
    return closedCalls(connections, count, async (place) => {
      const { value, projectId, id } = keys[place] as Key;
      const [changer, ...others] = startingAt(place, this.#rpcs);
      const body = { projectId, apiKeyId: id, reason: "REVOCATION_REASON_KEY_COMPROMISED" };
      const since = performance.now();
      const answer = await changer?.call("ApiKeyService/RevokeApiKey", body);
      const took = performance.now() - since;
      const verdicts = await Promise.all(others.map((other) => verify(other, value)));
      this.#note(JSON.parse(answer ?? "") as RevokeAnswer, verdicts);
      return took;
    });
  }

  close(): void {
    for (const rpc of this.#rpcs) {
      rpc.close();
    }
  }

  #note({ propagation }: RevokeAnswer, verdicts: readonly Remembered[]): void {
    this.revoked += 1;
    if (propagation.pendingInstances !== 0 || Date.parse(propagation.effectiveAt) > Date.now()) {
      this.pending.push(JSON.stringify(propagation));
    }
    for (const { code } of verdicts) {
      this.verdictsAfterwards.set(code, (this.verdictsAfterwards.get(code) ?? 0) + 1);
    }
  }
}

async function verify(rpc: RpcClient, key: string): Promise<Remembered> {
  return JSON.parse(await rpc.call("VerificationService/VerifyApiKey", { key })) as Remembered;
}
