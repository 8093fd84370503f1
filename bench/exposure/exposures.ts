import { setTimeout as sleep } from "node:timers/promises";
import { closedCalls } from "../lib/closed-calls.js";
import { type Remembered, remember } from "../lib/remember.js";
import { type Key, newRememberedKeys } from "../lib/remembered-keys.js";
import { RpcClient, startingAt } from "../lib/rpc-client.js";
import type { ServiceProcess } from "../lib/service-process.js";
import type { Github } from "./github.js";

/** How often those keys are asked for that are still taken: seldom, since whoever asks takes the same cores. */
const askMs = 10;
/** After which it is given up that all are refused. */
const patienceMs = 60_000;

/** Of one report of all keys. Milliseconds are from when it was sent. */
export interface Measured {
  /** The report was answered; where each key has one of its own, the last. */
  readonly answeredMs: number;
  /** The last key was refused by the last instance. */
  readonly refusedMs: number;
  /** Verifications that began when their key was promised to be refused everywhere, and what of them was VALID. */
  readonly promised: number;
  readonly broken: number;
}

export interface ExposuresOptions {
  readonly databaseUrl: string;
  readonly services: readonly ServiceProcess[];
  readonly github: Github;
  readonly count: number;
  readonly projects: number;
}

/** Reports keys that all instances remember, and asks each instance for them until it refuses them. */
export class Exposures {
  readonly #options: ExposuresOptions;
  readonly #rpcs: readonly RpcClient[];
  #round = 0;

  constructor(options: ExposuresOptions) {
    this.#options = options;
    this.#rpcs = options.services.map((service) => new RpcClient(service));
  }

  /** By one report, which is answered before anything is done about it: nothing is promised before all are seen to be refused. */
  async byGithub(): Promise<Measured> {
    const { services, github } = this.#options;
    const values = (await this.#newKeys()).map(({ value }) => value);
    const reporter = services[this.#round++ % services.length];
    const since = performance.now();
    const ours = await github.report(reporter?.url ?? "", values);
    const answeredMs = performance.now() - since;
    if (ours !== values.length) {
      throw new Error(`of ${values.length} keys ${ours} were said to be ours`);
    }
    await Promise.all(this.#rpcs.map((rpc) => untilRefused(rpc, values)));
    const refusedMs = performance.now() - since;
    const afterwards = await Promise.all(this.#rpcs.map((rpc) => remember(rpc, values)));
    return { answeredMs, refusedMs, ...judge(afterwards.flat()) };
  }

  /** By a call for each key, so many at once, whose answer promises that the key is refused everywhere. */
  async byCalls(connections: number): Promise<Measured> {
    const keys = await this.#newKeys();
    const afterwards: Remembered[] = [];
    let answeredMs = 0;
    const since = performance.now();
    await closedCalls(connections, keys.length, async (place) => {
      const { value } = keys[place] as Key;
      const [reporter, ...others] = startingAt(place, this.#rpcs);
      const answer = await reporter?.call("ExposureService/ReportExposedKey", { key: value, source: "bench" });
      const { propagation } = JSON.parse(answer ?? "") as ReportAnswer;
      if (propagation.pendingInstances !== 0) {
        throw new Error(`a report has left an instance pending: ${answer}`);
      }
      answeredMs = performance.now() - since;
      const verdicts = await Promise.all(others.map((other) => remember(other, [value])));
      afterwards.push(...verdicts.flat());
      return answeredMs;
    });
    return { answeredMs, refusedMs: performance.now() - since, ...judge(afterwards) };
  }

  close(): void {
    for (const rpc of this.#rpcs) {
      rpc.close();
    }
  }

  #newKeys(): Promise<readonly Key[]> {
    const { databaseUrl, services, count, projects } = this.#options;
    const masterKey = services[0]?.masterKey ?? "";
    return newRememberedKeys({ databaseUrl, masterKey, rpcs: this.#rpcs, count, projects, exposurePolicy: "revoke" });
  }
}

interface ReportAnswer {
  readonly propagation: { readonly pendingInstances: number };
}

/** @throws when it takes too long, or a key is refused for another reason */
async function untilRefused(rpc: RpcClient, values: readonly string[]): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  let left = values;
  while (left.length > 0) {
    const told = await remember(rpc, left);
    judge(told.filter(({ valid }) => !valid));
    left = left.filter((_, i) => told[i]?.valid);
    if (performance.now() > giveUpAt) {
      throw new Error(`${left.length} keys are still taken`);
    }
    await sleep(left.length === 0 ? 0 : askMs);
  }
}

function judge(verdicts: readonly Remembered[]): Pick<Measured, "promised" | "broken"> {
  const odd = verdicts.find(({ valid, code }) => !valid && code !== "VERIFICATION_CODE_REVOKED");
  if (odd !== undefined) {
    throw new Error(`a key is refused as ${odd.code}`);
  }
  return { promised: verdicts.length, broken: verdicts.filter(({ valid }) => valid).length };
}
