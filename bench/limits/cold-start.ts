/**
 * Limited keys that nobody has asked for yet, against keys without a limit and against a counter by hand: how many calls are
 * answered in the first second and afterwards, and across a minute's end.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { LoadMessage, LoadResult } from "../lib/closed-loops.js";
import { median, table } from "../lib/report.js";
import type { ServiceProcess } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import type { LoadJob } from "../verify/load.js";
import { makeKeys } from "./limited-keys.js";

const farAbove = 1_000_000_000;
const kinds = ["no limit", "limited", "bare limit"] as const;
type Kind = (typeof kinds)[number];

export interface ColdStartOptions {
  readonly databaseUrl: string;
  readonly service: ServiceProcess;
  readonly rounds: number;
  readonly connections: number;
  /** Of a run, at least 2. */
  readonly seconds: number;
  /** How many minutes' ends are crossed. */
  readonly minutes: number;
}

/** @returns what it says of itself */
export async function coldStart(options: ColdStartOptions): Promise<string> {
  const { databaseUrl, service, rounds, seconds, minutes } = options;
  const folder = await mkdtemp(join(tmpdir(), "altalune-bench-cold-"));
  await using load = Child.start("./load.ts");

  /** Of keys that are new. @returns the answers in each 100 ms */
  const runOf = async (kind: Kind, keyCount: number, runSeconds: number, early?: () => Promise<unknown>) => {
    const perMinute = kind === "limited" ? farAbove : undefined;
    const [keys = []] = await makeKeys(databaseUrl, service.masterKey, [{ perMinute, keys: keyCount }]);
    const keysFile = join(folder, "keys.json");
    await writeFile(keysFile, JSON.stringify(keys));
    await using bare =
      kind === "bare limit" ? Child.start("../limits/bare-limit.ts", [keysFile, String(farAbove)]) : undefined;
    const port = bare === undefined ? Number(new URL(service.url).port) : (await bare.next<{ port: number }>()).port;
    await early?.();
    const job: LoadJob = {
      port,
      path: "/altalune.v1.VerificationService/VerifyApiKey",
      authorization: service.rootKey,
      encoding: "json",
      keysFile,
      keys: keyCount,
      connections: options.connections,
      warmUpMs: 0,
      durationMs: runSeconds * 1_000,
    };
    load.send(job);
    await load.next<LoadMessage>();
    const message = await load.next<LoadMessage>();
    if (!("result" in message)) {
      throw new Error("the load told of no result");
    }
    return message.result;
  };

  const lines: string[] = [];
  const verdict = (isMet: boolean, text: string) => lines.push(`${isMet ? "met    " : "NOT met"}  ${text}`);
  const runs: Record<string, LoadResult[]> = {};
  const keep = (name: string, run: LoadResult) => {
    runs[name] = [...(runs[name] ?? []), run];
    if (process.env["BENCH_LOG"]) {
      console.error(name, run.p99Ms, run.tenths.join(" "));
    }
  };
  // The load and the service are faster once they have run for a while.
  await runOf("no limit", 64, 3);
  await runOf("limited", 64, 3);
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
      if (!process.env["BENCH_MANY"]) keep(`64 keys, ${kind}`, await runOf(kind, 64, seconds));
    }
    for (const kind of ["no limit", "limited"] as const) {
      keep(`10,000 keys, ${kind}`, await runOf(kind, 10_000, seconds));
    }
  }
  const across: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const { tenths } = await runOf("limited", 64, 6, async () => {
      await pause((117_000 - (Date.now() % 60_000)) % 60_000);
    });
    const whole = tenths.slice(10, 60);
    across.push(Math.min(...whole) / median(whole));
  }
  await rm(folder, { recursive: true, force: true });

  const first = (run: LoadResult) => sum(run.tenths.slice(0, 10));
  const later = (run: LoadResult) => sum(run.tenths.slice(10)) / (run.tenths.length / 10 - 1);
  /** Calls a second, once each key was asked for. */
  const afterFirst = (run: LoadResult) => {
    const from = run.tenths.findIndex((_, i) => sum(run.tenths.slice(0, i + 1)) >= 10_000) + 1;
    return sum(run.tenths.slice(from)) / ((run.tenths.length - from) / 10);
  };
  const ratio = (of: (run: LoadResult) => number, own: string, base: string) =>
    median((runs[own] ?? []).map((run, i) => of(run) / of((runs[base] ?? [])[i] as LoadResult)));
  const ratios = (of: (run: LoadResult) => number) => [
    ratio(of, "64 keys, limited", "64 keys, no limit"),
    ratio(of, "64 keys, limited", "64 keys, bare limit"),
  ];
  const [firstOfUnlimited = 0, firstOfBare = 0] = ratios(first);
  const [laterOfUnlimited = 0, laterOfBare = 0] = ratios(later);
  const many = ratio(afterFirst, "10,000 keys, limited", "10,000 keys, no limit");
  verdict(
    firstOfUnlimited >= 0.8,
    `first second of 64 limited keys: ${firstOfUnlimited.toFixed(2)} of keys without a limit, target ≥ 0.8; ${firstOfBare.toFixed(2)} of bare limit`,
  );
  verdict(
    laterOfUnlimited >= 0.95,
    `seconds after it: ${laterOfUnlimited.toFixed(2)} of keys without a limit, target ≥ 0.95; ${laterOfBare.toFixed(2)} of bare limit`,
  );
  verdict(
    many >= 0.85,
    `10,000 keys, once each was asked for: ${many.toFixed(2)} of keys without a limit, target ≥ 0.85`,
  );
  if (across.length > 0) {
    const worst = Math.min(...across);
    verdict(worst >= 0.5, `the slowest 100 ms across a minute's end: ${worst.toFixed(2)} of the median, target ≥ 0.5`);
  }
  const rows = Object.entries(runs).map(([name, own]) => [
    name,
    median(own.map(first)).toFixed(0),
    median(own.map(later)).toFixed(0),
    `${median(own.map(({ p50Ms }) => p50Ms)).toFixed(2)} ms`,
    `${median(own.map(({ p99Ms }) => p99Ms)).toFixed(2)} ms`,
    `${Math.min(...own.map(({ tenths }) => Math.min(...tenths.slice(0, seconds * 10))))}`,
  ]);
  const header = ["keys nobody has asked for yet", "first second", "calls/s after it", "p50", "p99", "slowest 100 ms"];
  return `${rounds} rounds of ${seconds} s each, in turn, ${options.connections} connections
bare limit: node:http, JSON.parse, SHA-256, a Map, and a counter in memory, by hand.

${table(header, rows)}

${lines.join("\n")}
`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
