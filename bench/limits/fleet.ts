/** Limited keys on three instances: asked of all at once, and of one after the other, as when a balancer moves a load. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadResult } from "../lib/closed-loops.js";
import { median, table } from "../lib/report.js";
import { type ServiceProcess, startService } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import type { LoadJob } from "../verify/load.js";
import { type ColdStartOptions, farAbove, few } from "./cold-start.js";
import { makeKeys } from "./limited-keys.js";

const poolSize = 20;
const seconds = 5;
const tenths = 10;

/** How much of the calls of keys without a limit limited ones got through, in the first second and after it. */
interface Part {
  readonly first: number;
  readonly after: number;
}

export async function fleetReport({ databaseUrl, service, rounds, connections }: ColdStartOptions): Promise<string> {
  const shared = { keys: service, poolSize };
  await using second = await startService(databaseUrl, shared);
  await using third = await startService(databaseUrl, shared);
  await using fleet = await Fleet.start(databaseUrl, [service, second, third], connections);
  const together: Part[] = [];
  const moving: (readonly Part[])[] = [];
  await fleet.together(undefined);
  for (let round = 0; round < rounds; round++) {
    const isTurned = round % 2 === 1;
    const [allLimited, all] = await bothWays(isTurned, (perMinute) => fleet.together(perMinute));
    together.push(partOf(allLimited, all));
    const [limited, unlimited] = await bothWays(isTurned, (perMinute) => fleet.moving(perMinute));
    moving.push(limited.map((run, i) => partOf(run, unlimited[i] ?? run)));
  }
  const row = (name: string, parts: readonly Part[]) => [
    name,
    median(parts.map(({ first }) => first)).toFixed(2),
    median(parts.map(({ after }) => after)).toFixed(2),
  ];
  return `
Three instances, ${few} limited keys, of the calls of keys without a limit in the same way:

${table(
  ["load", "in the first second", "after it"],
  [
    row("on all three at once", together),
    ...["first", "second", "third"].map((place, i) =>
      row(
        `moved from one to the next: ${place}`,
        moving.flatMap((parts) => parts.slice(i, i + 1)),
      ),
    ),
  ],
)}
`;
}

/** With a limit and without, in an order that alternates: whatever warms up in a run is of use to the next. */
async function bothWays<Run>(
  isTurned: boolean,
  run: (perMinute: number | undefined) => Promise<Run>,
): Promise<readonly [limited: Run, unlimited: Run]> {
  if (isTurned) {
    const unlimited = await run(undefined);
    return [await run(farAbove), unlimited];
  }
  return [await run(farAbove), await run(undefined)];
}

class Fleet implements AsyncDisposable {
  readonly #databaseUrl: string;
  readonly #services: readonly ServiceProcess[];
  readonly #loads: readonly Child[];
  readonly #connections: number;
  readonly #folder: string;

  private constructor(databaseUrl: string, services: readonly ServiceProcess[], connections: number, folder: string) {
    this.#databaseUrl = databaseUrl;
    this.#services = services;
    this.#loads = services.map(() => Child.start("./load.ts"));
    this.#connections = connections;
    this.#folder = folder;
  }

  static async start(databaseUrl: string, services: readonly ServiceProcess[], connections: number): Promise<Fleet> {
    return new Fleet(databaseUrl, services, connections, await mkdtemp(join(tmpdir(), "altalune-bench-fleet-")));
  }

  /** New keys, asked of all at once. @returns what all answered together */
  async together(perMinute: number | undefined): Promise<LoadResult> {
    const jobs = await this.#jobs(perMinute, Math.ceil(this.#connections / this.#services.length));
    const [one, ...others] = await Promise.all(jobs.map((job, i) => this.#loadOf(i).load(job)));
    if (one === undefined) {
      throw new Error("there is no instance");
    }
    const sums = one.tenths.map((calls, i) => others.reduce((sum, run) => sum + (run.tenths[i] ?? 0), calls));
    return { ...one, tenths: sums };
  }

  /** New keys, asked of one instance after the other. */
  async moving(perMinute: number | undefined): Promise<readonly LoadResult[]> {
    const results: LoadResult[] = [];
    for (const [i, job] of (await this.#jobs(perMinute, this.#connections)).entries()) {
      results.push(await this.#loadOf(i).load(job));
    }
    return results;
  }

  async #jobs(perMinute: number | undefined, connections: number): Promise<readonly LoadJob[]> {
    const [first] = this.#services;
    const [keys = []] = await makeKeys(this.#databaseUrl, first?.masterKey ?? "", [{ perMinute, keys: few }]);
    const keysFile = join(this.#folder, "keys.json");
    await writeFile(keysFile, JSON.stringify(keys));
    return this.#services.map(({ url, rootKey }) => ({
      port: Number(new URL(url).port),
      path: "/altalune.v1.VerificationService/VerifyApiKey",
      authorization: rootKey,
      encoding: "json",
      keysFile,
      keys: few,
      connections,
      warmUpMs: 0,
      durationMs: seconds * 1_000,
    }));
  }

  #loadOf(i: number): Child {
    const load = this.#loads[i];
    if (load === undefined) {
      throw new Error("there is no such load");
    }
    return load;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#loads.map((load) => load[Symbol.asyncDispose]()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function partOf(limited: LoadResult, unlimited: LoadResult): Part {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    first: sum(limited.tenths.slice(0, tenths)) / sum(unlimited.tenths.slice(0, tenths)),
    after: sum(limited.tenths.slice(tenths)) / sum(unlimited.tenths.slice(tenths)),
  };
}
