import { machineFacts, median, met, table } from "../lib/report.js";

/** In the order in which they take turns and are shown. */
export const subjects = ["bare create", "Altalune"] as const;
export const places = ["16 projects", "one project"] as const;

export interface CreateRound {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU a creation. */
  readonly serviceUs: number;
  readonly postgresUs: number;
}

/** By subject and place. */
export type CreateRounds = Map<string, readonly CreateRound[]>;

interface Run {
  readonly results: CreateRounds;
  readonly server: string;
  readonly connections: number;
  readonly rounds: number;
  readonly durationMs: number;
}

/** What Altalune is to be of what is written by hand. */
const targets = [
  { what: "creations a second", of: (round: CreateRound) => round.perSecond, least: 0.8, most: Infinity },
  { what: "the service's CPU", of: (round: CreateRound) => round.serviceUs, least: 0, most: 1.6 },
  { what: "p99", of: (round: CreateRound) => round.p99Ms, least: 0, most: 1.5 },
] as const;

export function report({ results, server, connections, rounds, durationMs }: Run): string {
  const of = (subject: (typeof subjects)[number], place: string) => results.get(`${subject}, ${place}`) ?? [];
  const rows = places.flatMap((place) =>
    subjects.map((subject) => {
      const own = of(subject, place);
      const ratios = targets.map((target) => ratio(own, of("bare create", place), target.of).toFixed(2));
      const middle = (value: (round: CreateRound) => number) => median(own.map(value));
      return [
        ...ratios,
        subject,
        place,
        middle(({ perSecond }) => perSecond).toFixed(0),
        `${middle(({ p50Ms }) => p50Ms).toFixed(1)} ms`,
        `${middle(({ p99Ms }) => p99Ms).toFixed(1)} ms`,
        `${middle(({ serviceUs }) => serviceUs).toFixed(0)} µs`,
        `${middle(({ postgresUs }) => postgresUs).toFixed(0)} µs`,
      ];
    }),
  );
  const header = ["creations/s of bare", "CPU of bare", "p99 of bare", "subject", "where", "creations/s", "p50", "p99"];
  const verdicts = places.flatMap((place) =>
    targets.map((target) => {
      const reached = ratio(of("Altalune", place), of("bare create", place), target.of);
      const isMet = reached >= target.least && reached <= target.most;
      const asked = target.least > 0 ? `≥ ${target.least}` : `≤ ${target.most}`;
      return `${met(isMet)}  ${target.what}, ${place}: ${reached.toFixed(2)} of bare create, target ${asked}`;
    }),
  );
  return `${machineFacts(server)}
${connections} connections; ${rounds} rounds of ${durationMs} ms each, in turn; figures are medians, ratios are medians of the rounds' ratios

${table([...header, "service's CPU", "Postgres' CPU"], rows)}

bare create: node:http, JSON.parse, a random key, SHA-256 and one transaction of three inserts by pg, by hand.
Every project's trail was walked afterwards and holds.
${verdicts.join("\n")}
`;
}

/** Round by round, since the two took turns. */
function ratio(
  own: readonly CreateRound[],
  base: readonly CreateRound[],
  value: (round: CreateRound) => number,
): number {
  return median(own.map((round, i) => value(round) / (base[i] === undefined ? Number.NaN : value(base[i]))));
}
