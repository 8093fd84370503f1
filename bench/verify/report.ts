import { machineFacts, median, met, table } from "../lib/report.js";
import type { Measured } from "./measure.js";

interface Run {
  /** The rounds of each subject, by its name, connections and keys. */
  readonly runs: ReadonlyMap<string, readonly Measured[]>;
  readonly names: readonly string[];
  readonly keyCounts: readonly number[];
  readonly connectionCounts: readonly number[];
  readonly server: string;
  readonly rounds: number;
  readonly durationMs: number;
}

type Rounds = readonly Measured[];
type Figure = (measured: Measured) => number;

const perSecond: Figure = (measured) => measured.perSecond;
const p99: Figure = (measured) => measured.p99Ms;
const cpu: Figure = (measured) => measured.cpuUsPerCall;

/** With 32 connections, warm. */
const targets = [
  {
    name: "Altalune, JSON",
    base: "floor",
    figure: perSecond,
    /** With the fewest and with the most keys. */
    bound: [0.92, 0.9],
    atLeast: true,
    what: "of the floor's calls/s",
  },
  {
    name: "Altalune, binary",
    base: "floor",
    figure: perSecond,
    bound: [0.75, 0.75],
    atLeast: true,
    what: "of the floor's calls/s",
  },
  {
    name: "Altalune, REST",
    base: "Altalune, JSON",
    figure: perSecond,
    bound: [0.95, 0.95],
    atLeast: true,
    what: "of Altalune's own by Connect in JSON",
  },
  {
    name: "Altalune, JSON",
    base: "stock adapter, JSON",
    figure: perSecond,
    bound: [3.5, 3.5],
    atLeast: true,
    what: "of the stock adapter's",
  },
  {
    name: "Altalune, JSON",
    base: "better-auth, HTTP",
    figure: perSecond,
    bound: [20, 20],
    atLeast: true,
    what: "of better-auth's behind HTTP",
  },
  { name: "Altalune, JSON", base: "floor", figure: p99, bound: [1.5, 1.5], atLeast: false, what: "of the floor's p99" },
] as const;

export function report({ runs, names, keyCounts, connectionCounts, server, rounds, durationMs }: Run): string {
  const roundsOf = (name: string, connections: number, keys: number): Rounds =>
    runs.get(`${name} ${connections} ${keys}`) ?? [];
  const rows = keyCounts.flatMap((keys) =>
    connectionCounts.flatMap((connections) =>
      names.map((name) => {
        const own = roundsOf(name, connections, keys);
        const against = (base: string, figure: Figure) => shown(ratio(own, roundsOf(base, connections, keys), figure));
        return [
          against("floor", perSecond),
          against("stock adapter, JSON", perSecond),
          against("better-auth, HTTP", perSecond),
          against("floor", p99),
          against("floor", cpu),
          name,
          String(connections),
          keys.toLocaleString("en"),
          middle(own, perSecond).toFixed(0),
          `${middle(own, (run) => run.p50Ms).toFixed(3)} ms`,
          `${middle(own, p99).toFixed(3)} ms`,
          `${middle(own, cpu).toFixed(1)} µs`,
          `${(middle(own, (run) => run.memoryBytes) / 2 ** 20).toFixed(0)} MiB`,
        ];
      }),
    ),
  );
  const header = [
    "calls/s of floor",
    "of adapter",
    "of better-auth",
    "p99 of floor",
    "CPU of floor",
    "subject",
    "connections",
    "keys",
    "calls/s",
    "p50",
    "p99",
    "CPU/call",
    "memory",
  ];
  const verdicts = keyCounts.flatMap((keys, place) =>
    targets.map(({ name, base, figure, bound: [few, many], atLeast, what }) => {
      const bound = place === 0 ? few : many;
      const reached = ratio(roundsOf(name, 32, keys), roundsOf(base, 32, keys), figure);
      const isMet = atLeast ? reached >= bound : reached <= bound;
      return `${met(isMet)}  ${name}, ${keys} keys: ${reached.toFixed(2)} ${what}, target ${atLeast ? "≥" : "≤"} ${bound}`;
    }),
  );
  return `${machineFacts(server)}
${rounds} rounds of ${durationMs} ms each, in turn; figures are medians, ratios are medians of the rounds' ratios

${table(header, rows)}

floor: a bare node:http handler with JSON.parse, SHA-256, a Map and JSON.stringify. CPU is the server process's own.
The stock adapter runs the product's handler, services and authority; better-auth has its api-key plugin, limits off.

${verdicts.join("\n")}
`;
}

/** Round by round, since they took turns. */
function ratio(own: Rounds, base: Rounds, figure: Figure): number {
  return own.length === 0 || base.length === 0
    ? Number.NaN
    : median(own.map((run, round) => figure(run) / figure(base[round] ?? run)));
}

function middle(own: Rounds, figure: Figure): number {
  return median(own.map(figure));
}

function shown(value: number): string {
  return Number.isNaN(value) ? "" : value.toFixed(2);
}
