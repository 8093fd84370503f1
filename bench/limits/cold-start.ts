/**
 * Keys that nobody has asked for yet: with a limit far above the load, without one, and with a counter by hand. How many calls are
 * answered in each tenth of a second, across a minute's end too.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadResult } from "../lib/closed-loops.js";
import type { ServiceProcess } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import type { LoadJob } from "../verify/load.js";
import { makeKeys } from "./limited-keys.js";
import { endMinuteIn, endMinutesAsHere } from "./minutes-end.js";

export const farAbove = 1_000_000_000;
export const few = 64;
export const many = 10_000;
const kinds = ["no limit", "limited", "bare limit"] as const;
export type Kind = (typeof kinds)[number];
const ours = ["no limit", "limited"] as const;

/** When a minute ends that a run crosses, and how long it goes on after that, in milliseconds. */
export const minuteEndsAfterMs = 3_000;

export interface ColdStartOptions {
  readonly databaseUrl: string;
  readonly service: ServiceProcess;
  readonly rounds: number;
  readonly connections: number;
  /** Of a run, at least 2. */
  readonly seconds: number;
  /** How many minutes' ends are crossed with limits, and how many without. */
  readonly minutes: number;
}

export interface ColdStarts {
  /** Round by round, by kind and number of keys. */
  readonly runs: ReadonlyMap<string, readonly LoadResult[]>;
  /** Across a minute's end. */
  readonly acrossMinutes: Readonly<Record<(typeof ours)[number], readonly LoadResult[]>>;
}

export function runName(kind: Kind, keys: number): string {
  return `${keys.toLocaleString("en")} keys, ${kind}`;
}

export async function coldStarts(options: ColdStartOptions): Promise<ColdStarts> {
  const { rounds, seconds, minutes } = options;
  await using asker = await Asker.start(options);
  // The load and the service are faster once they have run for a while.
  for (const kind of ours) {
    await asker.run(kind, few, 3);
  }
  const runs = new Map<string, LoadResult[]>();
  const keep = async (kind: Kind, keys: number) => {
    const run = await asker.run(kind, keys, seconds);
    const name = runName(kind, keys);
    runs.set(name, [...(runs.get(name) ?? []), run]);
    if (process.env["BENCH_LOG"]) {
      console.error(name, run.p99Ms, run.tenths.join(" "));
    }
  };
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
      await keep(kind, few);
    }
    for (const kind of round % 2 === 0 ? ours : ours.toReversed()) {
      await keep(kind, many);
    }
  }
  const acrossMinutes: Record<(typeof ours)[number], LoadResult[]> = { "no limit": [], limited: [] };
  const at = { databaseUrl: options.databaseUrl, masterKey: options.service.masterKey };
  const endMinute = () => endMinuteIn(at, minuteEndsAfterMs);
  for (let minute = 0; minute < minutes; minute++) {
    for (const kind of minute % 2 === 0 ? ours : ours.toReversed()) {
      acrossMinutes[kind].push(await asker.run(kind, few, (2 * minuteEndsAfterMs) / 1_000, endMinute));
    }
  }
  // Those who count calls by the minute go by this machine's.
  await endMinutesAsHere(at);
  return { runs, acrossMinutes };
}

/** Makes the load, all of it from one process. */
class Asker implements AsyncDisposable {
  readonly #options: ColdStartOptions;
  readonly #load: Child;
  readonly #folder: string;

  private constructor(options: ColdStartOptions, load: Child, folder: string) {
    this.#options = options;
    this.#load = load;
    this.#folder = folder;
  }

  static async start(options: ColdStartOptions): Promise<Asker> {
    const folder = await mkdtemp(join(tmpdir(), "altalune-bench-cold-"));
    return new Asker(options, Child.start("./load.ts"), folder);
  }

  /** Asks for keys that are new. @param once is waited for when all is made ready */
  async run(kind: Kind, keyCount: number, seconds: number, once?: () => Promise<void>): Promise<LoadResult> {
    const { databaseUrl, service, connections } = this.#options;
    const perMinute = kind === "limited" ? farAbove : undefined;
    const [keys = []] = await makeKeys(databaseUrl, service.masterKey, [{ perMinute, keys: keyCount }]);
    const keysFile = join(this.#folder, "keys.json");
    await writeFile(keysFile, JSON.stringify(keys));
    await using bare =
      kind === "bare limit" ? Child.start("../limits/bare-limit.ts", [keysFile, String(farAbove)]) : undefined;
    const port = (await bare?.next<{ readonly port: number }>())?.port ?? Number(new URL(service.url).port);
    await once?.();
    const job: LoadJob = {
      port,
      path: "/altalune.v1.VerificationService/VerifyApiKey",
      authorization: service.rootKey,
      encoding: "json",
      keysFile,
      keys: keyCount,
      connections,
      warmUpMs: 0,
      durationMs: seconds * 1_000,
    };
    // Awaited here: what is used ends with this scope.
    return await this.#load.load(job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
