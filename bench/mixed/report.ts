import { machineFacts, met, table } from "../lib/report.js";
import { type Point, type Slope, slope } from "./growth.js";
import type { InstanceSample, InstanceWatch } from "./instance-watch.js";
import { kinds } from "./kinds.js";
import type { Offered } from "./offer.js";
import type { Held } from "./snapshot.js";
import type { TableSample, TableWatch } from "./table-watch.js";
import { growthOf } from "./tables.js";
import type { Tally } from "./tally.js";

export interface ProcessUse {
  readonly name: string;
  readonly cpuMs: number;
  /** Bytes. */
  readonly memory: number;
}

/** What was measured while half of the calls were made. */
export interface Half {
  readonly offered: Offered;
  /** From when on it was timed. */
  readonly since: number;
  readonly before: readonly ProcessUse[];
  readonly after: readonly ProcessUse[];
  /** Between the two. */
  readonly seconds: number;
}

interface Run {
  readonly halves: readonly [Half, Half];
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly tally: Tally;
  readonly watches: readonly InstanceWatch[];
  readonly tables: TableWatch;
  readonly server: string;
  /** Verdicts in the tables of usage. */
  readonly counted: number;
  /** In the trails. */
  readonly events: number;
}

const mebibyte = 2 ** 20;
const hourMs = 60 * 60 * 1000;
/** How sure the growth of a heap must be, in bytes an hour: of a run that could not tell it, none says that it is flat. */
const surenessPerHour = 2 * mebibyte;
/** By how much a heap differs from one moment to another without growing: what is under way, and tables that double. */
const unsureBytes = 128 * 1024;
/** By how much records may come to be larger in the second half: those of keys that are changed. */
const changedRecords = 0.01;
/** What a table that is bounded may still take in the second half: pages for versions of its rows. */
const boundedBytes = 256 * 1024;

export function report(run: Run): string {
  const { halves, perSecond, warmUpMs, tally, server, counted, events } = run;
  const offered = offeredIn(halves);
  const isBorne = offered.seconds * perSecond <= offered.calls * 1.01 + perSecond;
  const { faults } = tally;
  return `${machineFacts(server)}
3 instances; ${offered.calls} calls in ${offered.seconds.toFixed(0)} s, ${perSecond} a second by the clock, over connections that are kept, each timed from when it was due; ${warmUpMs / 1000} s of warming up are in no figure, nor is the pause at half time, in which a snapshot of each heap is taken

${table(["call", "calls/s", "p50", "p99"], callRows(run))}

${offered.mostAtOnce} calls at most were under way at once; ${(offered.calls / offered.seconds).toFixed(0)} a second came through
${refillsPerThousand(run).toFixed(0)} statements for shares of limits per 1,000 calls of limited keys

${processTable(run)}

Of each instance the heap, in MiB; objects, with the buffers outside of it, and code right after a collection, their growth by least squares:

${heapTable(run)}

Of each instance what a snapshot of the heap holds, in MiB: of the records of keys what only their cache keeps, what V8 makes for itself of functions, and all else:

${snapshotTable(run)}

Tables with their indexes, partitions added up; growth by least squares in each half:

${tableTable(run)}

${met(isBorne)}  the rate was borne
${heapVerdict(run)}
${tableVerdict(run)}
${met(faults.length === 0)}  no wrong answer: ${faults.reduce((sum, { count }) => sum + count, 0)} of ${offered.calls} calls; ${counted} verdicts counted once, ${events} events in trails that hold; ${tally.eitherWay} calls were under way while their key was revoked or rotated, and could be answered either way
${faults.map(({ what, count, first }) => `         ${count} times ${what}: ${first.slice(0, 500)}\n`).join("")}`;
}

function offeredIn([first, second]: Run["halves"]): Offered {
  return {
    calls: first.offered.calls + second.offered.calls,
    seconds: first.offered.seconds + second.offered.seconds,
    mostAtOnce: Math.max(first.offered.mostAtOnce, second.offered.mostAtOnce),
  };
}

function secondsIn([first, second]: Run["halves"]): number {
  return first.seconds + second.seconds;
}

function callRows({ tally, halves }: Run): readonly (readonly string[])[] {
  return kinds.map(({ name }) => {
    const { calls, p50Ms, p99Ms } = tally.timesOf(name);
    return [name, (calls / secondsIn(halves)).toFixed(1), `${p50Ms.toFixed(2)} ms`, `${p99Ms.toFixed(2)} ms`];
  });
}

/** Keys that are used every few seconds give their shares back in between. */
function refillsPerThousand(run: Run): number {
  const { watches, tally } = run;
  const statements = watches
    .flatMap(({ samples }) => byHalf(samples, run))
    .reduce((sum, half) => sum + (half.at(-1)?.refills ?? Number.NaN) - (half[0]?.refills ?? Number.NaN), 0);
  return (statements * 1_000) / tally.timesOf("verify, limited").calls;
}

function processTable({ halves }: Run): string {
  const [first] = halves;
  // Memory at last would show what the first snapshots took.
  const rows = first.after.map(({ name, memory }, i) => {
    const cpuMs = halves.reduce((sum, { before, after }) => sum + usedBetween(before[i], after[i]), 0);
    return [
      name,
      `${(cpuMs / secondsIn(halves) / 10).toFixed(0)} %`,
      shownMemory(first.before[i]?.memory ?? Number.NaN),
      shownMemory(memory),
    ];
  });
  return table(["process", "CPU, of one core", "memory at first", "at half time"], rows);
}

function usedBetween(before: ProcessUse | undefined, after: ProcessUse | undefined): number {
  return (after?.cpuMs ?? Number.NaN) - (before?.cpuMs ?? Number.NaN);
}

function heapTable(run: Run): string {
  const rows = run.watches.map(({ samples, collected }, i) => {
    const [first, last] = [collected[0], collected.at(-1)];
    const highest = Math.max(...samples.map(({ heap }) => heap));
    return [
      `instance ${i + 1}`,
      `${mib(samples[0]?.rss ?? Number.NaN)} / ${mib(byHalf(samples, run)[0].at(-1)?.rss ?? Number.NaN)}`,
      mib(highest),
      ...(["objects", "code"] as const).flatMap((kind) => [
        `${mib(first?.[kind] ?? Number.NaN, 1)} / ${mib(last?.[kind] ?? Number.NaN, 1)}`,
        ...byHalf(collected, run).map((half) => shownSlope(heapSlope(half, kind), mebibyte, 1)),
      ]),
      `${first?.records ?? Number.NaN} / ${last?.records ?? Number.NaN}`,
    ];
  });
  const header = [
    "",
    "RSS at first / at half time",
    "heap at most, with garbage",
    "objects at first / at last",
    "an hour, first half",
    "second half",
    "code at first / at last",
    "an hour, first half",
    "second half",
    "keys remembered at first / at last",
  ];
  return table(header, rows);
}

function snapshotTable(run: Run): string {
  const rows = run.watches.map(({ snapshots }, i) => [
    `instance ${i + 1}`,
    ...(["rest", "records", "compiled"] as const).flatMap((kind) => [
      snapshots.map((snapshot) => mib(snapshot[kind], 2)).join(" / "),
      mib(grownIn(snapshots, kind) / hoursOfSecondHalf(run), 2),
    ]),
    snapshots.map(({ scripts }) => scripts).join(" / "),
  ]);
  const header = ["all else", "records of keys", "compiled"].flatMap((kind) => [
    `${kind} at half time / at last`,
    "an hour",
  ]);
  return table(["", ...header, "sources to compile"], rows);
}

function heapVerdict(run: Run): string {
  const { watches } = run;
  const sureTo = unsureBytes / hoursOfSecondHalf(run);
  const flat = watches.filter(({ snapshots }) => grownIn(snapshots, "rest") <= unsureBytes).length;
  const isFlat = flat === watches.length && sureTo <= surenessPerHour;
  const bounded = watches.filter(
    ({ snapshots }) => grownIn(snapshots, "records") <= (snapshots[0]?.records ?? Number.NaN) * changedRecords,
  ).length;
  const compiling = watches.filter(({ snapshots }) => grownIn(snapshots, "scripts") <= 0).length;
  return `${met(isFlat)}  what the program keeps beside records grows by at most ${unsureBytes / 1024} KiB in the second half, ${mib(sureTo, 1)} MiB an hour, of which no more than ${mib(surenessPerHour)} may stay unsure: ${flat} of ${watches.length} instances
${met(bounded === watches.length)}  records grow by at most ${changedRecords * 100} % in the second half: ${bounded} of ${watches.length} instances
${met(compiling === watches.length)}  there is nothing more to compile at last than at half time: ${compiling} of ${watches.length} instances`;
}

function grownIn(snapshots: InstanceWatch["snapshots"], kind: keyof Held): number {
  return (snapshots.at(-1)?.[kind] ?? Number.NaN) - (snapshots[0]?.[kind] ?? Number.NaN);
}

function hoursOfSecondHalf({ halves: [, second] }: Run): number {
  return second.seconds / 3600;
}

function heapSlope(collected: readonly InstanceSample[], kind: "objects" | "code"): Slope {
  return slope(pointsOf(collected, (sample) => sample[kind]));
}

function tableTable(run: Run): string {
  const rows = [...run.tables.samples]
    .toSorted(([, a], [, b]) => (b.at(-1)?.bytes ?? 0) - (a.at(-1)?.bytes ?? 0))
    .map(([name, samples]) => {
      const last = samples.at(-1);
      const [firstHalf, secondHalf] = byHalf(samples, run).map((half) => slope(pointsOf(half, ({ bytes }) => bytes)));
      const [, live] = byHalf(samples, run).map((half) => slope(pointsOf(half, (sample) => sample.live)));
      return [
        name.replace("altalune_", ""),
        mib(samples[0]?.bytes ?? Number.NaN, 1),
        mib(last?.bytes ?? Number.NaN, 1),
        ((firstHalf?.perHour ?? Number.NaN) / mebibyte).toFixed(1),
        ((secondHalf?.perHour ?? Number.NaN) / mebibyte).toFixed(1),
        String(last?.live ?? Number.NaN),
        (live?.perHour ?? Number.NaN).toFixed(0),
        String(last?.dead ?? Number.NaN),
        growthOf.get(name)?.rowFor ?? "NOT explained",
      ];
    });
  const header = [
    "table",
    "MiB at first",
    "at last",
    "MiB/h, first half",
    "second half",
    "rows",
    "rows/h",
    "dead rows",
  ];
  return table([...header, "has a row for"], rows);
}

function tableVerdict(run: Run): string {
  const wrong = [...run.tables.samples].filter(([name, samples]) => {
    const growth = growthOf.get(name);
    return growth === undefined || (growth.isBounded && grownInSecondHalf(samples, run) > boundedBytes);
  });
  const names = wrong.map(([name]) => name).join(", ");
  return `${met(wrong.length === 0)}  no table grows but by the rows that it is for${names && `: ${names}`}`;
}

function grownInSecondHalf(samples: readonly TableSample[], run: Run): number {
  const [, second] = byHalf(samples, run);
  return (second.at(-1)?.bytes ?? 0) - (second[0]?.bytes ?? 0);
}

function byHalf<T extends { readonly at: number }>(samples: readonly T[], { halves: [, second] }: Run) {
  return [samples.filter(({ at }) => at < second.since), samples.filter(({ at }) => at >= second.since)] as const;
}

function pointsOf<T extends { readonly at: number }>(samples: readonly T[], value: (sample: T) => number): Point[] {
  return samples.map((sample) => [sample.at / hourMs, value(sample)]);
}

function shownSlope({ perHour, plusMinus }: Slope, unit: number, digits: number): string {
  return `${(perHour / unit).toFixed(digits)} ± ${(plusMinus / unit).toFixed(digits)}`;
}

function shownMemory(bytes: number): string {
  return Number.isNaN(bytes) ? "" : `${mib(bytes)} MiB`;
}

function mib(bytes: number, digits = 0): string {
  return (bytes / mebibyte).toFixed(digits);
}
