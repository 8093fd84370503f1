import { machineFacts, met, table } from "../lib/report.js";
import { halves, type Point, type Slope, slope } from "./growth.js";
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

interface Run {
  readonly before: readonly ProcessUse[];
  readonly after: readonly ProcessUse[];
  /** Between the two. */
  readonly seconds: number;
  readonly offered: Offered;
  /** Between the snapshots. */
  readonly between: Offered;
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
/** What a table that is bounded may still take in the second half: pages for versions of its rows. */
const boundedBytes = 256 * 1024;
/** By how much a heap differs from one moment to another without growing: what is under way, and tables that double. */
const unsureBytes = 128 * 1024;
/** By how much records may come to be larger: those of keys that are changed. */
const changedRecords = 0.01;

export function report(run: Run): string {
  const { offered, between, perSecond, warmUpMs, tally, server, counted, events } = run;
  const isBorne = offered.seconds * perSecond <= offered.calls * 1.01 + perSecond;
  const { faults } = tally;
  return `${machineFacts(server)}
3 instances; ${offered.calls} calls in ${offered.seconds.toFixed(0)} s, ${perSecond} a second by the clock, over connections that are kept, each timed from when it was due; ${warmUpMs / 1000} s of warming up are in no figure

${table(["call", "calls/s", "p50", "p99"], callRows(run))}

${offered.mostAtOnce} calls at most were under way at once; ${(offered.calls / offered.seconds).toFixed(0)} a second came through
${refillsPerThousand(run).toFixed(0)} statements for shares of limits per 1,000 calls of limited keys

${processTable(run)}

Of each instance the heap, in MiB; objects, with the buffers outside of it, and code right after a collection, their growth by least squares:

${heapTable(run)}

Of each instance what snapshots of the heap hold, in MiB, before and after ${between.seconds.toFixed(0)} s more of such calls, ${between.calls}, that are in no figure above: of the records of keys what only their cache keeps, what V8 makes for itself of functions, and all else:

${snapshotTable(run)}

Tables with their indexes, partitions added up; growth by least squares in each half:

${tableTable(run)}

${met(isBorne)}  the rate was borne
${heapVerdict(run)}
${tableVerdict(run)}
${met(faults.length === 0)}  no wrong answer: ${faults.reduce((sum, { count }) => sum + count, 0)} of ${offered.calls + between.calls} calls; ${counted} verdicts counted once, ${events} events in trails that hold; ${tally.eitherWay} calls were under way while their key was revoked or rotated, and could be answered either way
${faults.map(({ what, count, first }) => `         ${count} times ${what}: ${first.slice(0, 500)}\n`).join("")}`;
}

function callRows({ tally, seconds }: Run): readonly (readonly string[])[] {
  return kinds.map(({ name }) => {
    const { calls, p50Ms, p99Ms } = tally.timesOf(name);
    return [name, (calls / seconds).toFixed(1), `${p50Ms.toFixed(2)} ms`, `${p99Ms.toFixed(2)} ms`];
  });
}

/** Keys that are used every few seconds give their shares back in between. */
function refillsPerThousand({ watches, tally }: Run): number {
  const statements = watches.reduce(
    (sum, { samples }) => sum + (samples.at(-1)?.refills ?? Number.NaN) - (samples[0]?.refills ?? Number.NaN),
    0,
  );
  return (statements * 1_000) / tally.timesOf("verify, limited").calls;
}

function processTable({ before, after, seconds }: Run): string {
  const rows = after.map(({ name, cpuMs, memory }, i) => [
    name,
    `${((cpuMs - (before[i]?.cpuMs ?? Number.NaN)) / seconds / 10).toFixed(0)} %`,
    shownMemory(before[i]?.memory ?? Number.NaN),
    shownMemory(memory),
  ]);
  return table(["process", "CPU, of one core", "memory at first", "at last"], rows);
}

function heapTable({ watches }: Run): string {
  const rows = watches.map(({ samples, collected }, i) => {
    const [first, last] = [collected[0], collected.at(-1)];
    const highest = Math.max(...samples.map(({ heap }) => heap));
    return [
      `instance ${i + 1}`,
      `${mib(samples[0]?.rss ?? Number.NaN)} / ${mib(samples.at(-1)?.rss ?? Number.NaN)}`,
      mib(highest),
      ...(["objects", "code"] as const).flatMap((kind) => [
        `${mib(first?.[kind] ?? Number.NaN, 1)} / ${mib(last?.[kind] ?? Number.NaN, 1)}`,
        ...halves(collected).map((half) => shownSlope(heapSlope(half, kind), mebibyte, 1)),
      ]),
      `${first?.records ?? Number.NaN} / ${last?.records ?? Number.NaN}`,
    ];
  });
  const header = [
    "",
    "RSS at first / at last",
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
      mib(grownIn(snapshots, kind) / hoursBetween(run), 2),
    ]),
    snapshots.map(({ scripts }) => scripts).join(" / "),
  ]);
  const kinds = ["all else", "records of keys", "compiled"];
  return table(["", ...kinds.flatMap((kind) => [kind, "an hour"]), "sources to compile"], rows);
}

function heapVerdict(run: Run): string {
  const { watches } = run;
  const sureTo = unsureBytes / hoursBetween(run);
  const flat = watches.filter(({ snapshots }) => grownIn(snapshots, "rest") <= unsureBytes).length;
  const isFlat = flat === watches.length && sureTo <= surenessPerHour;
  const bounded = watches.filter(
    ({ snapshots }) => grownIn(snapshots, "records") <= (snapshots[0]?.records ?? Number.NaN) * changedRecords,
  ).length;
  const compiling = watches.filter(({ snapshots }) => grownIn(snapshots, "scripts") <= 0).length;
  const settling = watches.filter(({ collected }) => {
    const [first, second] = halves(collected);
    return heapSlope(second, "code").perHour <= heapSlope(first, "code").perHour / 2;
  }).length;
  return `${met(isFlat)}  what the program keeps beside records grows by at most ${unsureBytes / 1024} KiB between snapshots, ${mib(sureTo, 1)} MiB an hour, of which no more than ${mib(surenessPerHour)} may stay unsure: ${flat} of ${watches.length} instances
${met(bounded === watches.length)}  records grow by at most ${changedRecords * 100} %: ${bounded} of ${watches.length} instances
${met(compiling === watches.length)}  there is nothing more to compile after than before: ${compiling} of ${watches.length} instances
${met(settling === watches.length)}  compiled code grows by at most half as much in the second half as in the first: ${settling} of ${watches.length} instances`;
}

function grownIn(snapshots: readonly Held[], kind: keyof Held): number {
  return (snapshots.at(-1)?.[kind] ?? Number.NaN) - (snapshots[0]?.[kind] ?? Number.NaN);
}

function hoursBetween({ between }: Run): number {
  return between.seconds / 3600;
}

function heapSlope(collected: readonly InstanceSample[], kind: "objects" | "code"): Slope {
  return slope(pointsOf(collected, (sample) => sample[kind]));
}

function tableTable({ tables }: Run): string {
  const rows = [...tables.samples]
    .toSorted(([, a], [, b]) => (b.at(-1)?.bytes ?? 0) - (a.at(-1)?.bytes ?? 0))
    .map(([name, samples]) => {
      const last = samples.at(-1);
      const [firstHalf, secondHalf] = halves(samples).map((half) => slope(pointsOf(half, ({ bytes }) => bytes)));
      const [, live] = halves(samples).map((half) => slope(pointsOf(half, (sample) => sample.live)));
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

function tableVerdict({ tables }: Run): string {
  const wrong = [...tables.samples].filter(([name, samples]) => {
    const growth = growthOf.get(name);
    return growth === undefined || (growth.isBounded && grownInSecondHalf(samples) > boundedBytes);
  });
  const names = wrong.map(([name]) => name).join(", ");
  return `${met(wrong.length === 0)}  no table grows but by the rows that it is for${names && `: ${names}`}`;
}

function grownInSecondHalf(samples: readonly TableSample[]): number {
  const [, second] = halves(samples);
  return (second.at(-1)?.bytes ?? 0) - (second[0]?.bytes ?? 0);
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
