import type { LoadResult } from "../lib/closed-loops.js";
import { median, met, table } from "../lib/report.js";
import { type ColdStartOptions, type ColdStarts, few, many, minuteEndsAfterMs, runName } from "./cold-start.js";

const tenthsPerSecond = 10;
/** The second before a minute's end and the one after it, in tenths of a run that crosses it. */
const aroundEnd = [-1, 1].map((second) => (minuteEndsAfterMs / 1_000 + second) * tenthsPerSecond);

export function coldReport({ runs, acrossMinutes }: ColdStarts, options: ColdStartOptions): string {
  const { rounds, seconds, connections } = options;
  const of = (name: string) => runs.get(name) ?? [];
  /** Round by round, since the two took turns. */
  const ratio = (value: (run: LoadResult) => number, own: string, base: string) =>
    median(of(own).map((run, i) => value(run) / value(of(base)[i] ?? run)));
  const limited = runName("limited", few);
  const ofUnlimited = (value: (run: LoadResult) => number) => ratio(value, limited, runName("no limit", few));
  const ofBare = (value: (run: LoadResult) => number) =>
    `${ratio(value, limited, runName("bare limit", few)).toFixed(2)} of bare limit`;
  const slowestOf = (kind: keyof ColdStarts["acrossMinutes"]) =>
    median(acrossMinutes[kind].map(({ tenths }) => Math.min(...tenths.slice(...aroundEnd)) / median(tenths)));
  const minutes = acrossMinutes.limited.length;

  const rows = [...runs].map(([name, own]) => [
    name,
    median(own.map(inFirstSecond)).toFixed(0),
    median(own.map(afterFirstSecond)).toFixed(0),
    `${median(own.map(({ p50Ms }) => p50Ms)).toFixed(2)} ms`,
    `${median(own.map(({ p99Ms }) => p99Ms)).toFixed(2)} ms`,
  ]);
  const verdicts = [
    verdict("first second of 64 limited keys", ofUnlimited(inFirstSecond), 0.8, ofBare(inFirstSecond)),
    verdict("seconds after it", ofUnlimited(afterFirstSecond), 0.95, ofBare(afterFirstSecond)),
    manyKeys(of(runName("limited", many)), of(runName("no limit", many))),
    ...(minutes === 0
      ? []
      : [
          verdict(
            "slowest 100 ms of the two seconds across a minute's end",
            slowestOf("limited"),
            0.5,
            `${slowestOf("no limit").toFixed(2)} where no key has a limit`,
            "the median of its run",
          ),
        ]),
  ];
  return `${rounds} rounds of ${seconds} s each, in turn, ${connections} connections; ${minutes} minutes' ends
bare limit: node:http, JSON.parse, SHA-256, a Map, and a counter in memory, by hand.

${table(["keys nobody has asked for yet", "in the first second", "calls/s after it", "p50", "p99"], rows)}

${verdicts.join("\n")}
`;
}

/** Of the rounds in which each key was asked for with a second to spare. */
function manyKeys(limited: readonly LoadResult[], unlimited: readonly LoadResult[]): string {
  const what = "10,000 limited keys, once each was asked for";
  const ratios = limited.flatMap((run, i) => {
    const [own, base] = [onceEachWasAskedFor(run), onceEachWasAskedFor(unlimited[i] ?? run)];
    return own === undefined || base === undefined ? [] : [own / base];
  });
  return ratios.length === 0
    ? `not measured  ${what}: the runs are too short, BENCH_SECONDS makes them longer`
    : `${verdict(what, median(ratios), 0.85)}; ${ratios.length} of ${limited.length} rounds were long enough`;
}

function verdict(what: string, reached: number, least: number, more?: string, base = "keys without a limit"): string {
  const also = more === undefined ? "" : `; ${more}`;
  return `${met(reached >= least)}  ${what}: ${reached.toFixed(2)} of ${base}, target ≥ ${least}${also}`;
}

function inFirstSecond({ tenths }: LoadResult): number {
  return sum(tenths.slice(0, tenthsPerSecond));
}

/** Calls a second. */
function afterFirstSecond({ tenths }: LoadResult): number {
  return perSecond(tenths.slice(tenthsPerSecond));
}

/** The same of what comes when as many calls were answered as there are keys; undefined: that was not a second before its end. */
function onceEachWasAskedFor({ tenths }: LoadResult): number | undefined {
  const from = tenths.findIndex((_, i) => sum(tenths.slice(0, i + 1)) >= many) + 1;
  if (from === 0 || from + tenthsPerSecond > tenths.length) {
    return undefined;
  }
  return perSecond(tenths.slice(from));
}

function perSecond(tenths: readonly number[]): number {
  return (sum(tenths) * tenthsPerSecond) / tenths.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
