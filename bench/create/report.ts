import { machineFacts, median, table } from "../lib/report.js";

/** In the order in which they take turns and are shown. */
export const ways = ["rpc", "service", "floor", "floor, transaction alone"] as const;
export const places = ["16 projects", "one project"] as const;

/** Creates a second in each round, by way and place. */
export type Rates = Map<string, readonly number[]>;

interface Run {
  readonly rates: Rates;
  readonly server: string;
  readonly callers: number;
  readonly rounds: number;
  readonly roundMs: number;
  readonly statements: { readonly lookups: number; readonly transaction: number };
}

const target = 0.75;

export function report({ rates, server, callers, rounds, roundMs, statements }: Run): string {
  const rows = places.flatMap((place) =>
    ways.map((way) => {
      const own = ratesOf(rates, way, place);
      return [
        ratio(own, ratesOf(rates, "floor", place)).toFixed(2),
        ratio(own, ratesOf(rates, "floor, transaction alone", place)).toFixed(2),
        way,
        place,
        median(own).toFixed(0),
        `${Math.min(...own).toFixed(0)} to ${Math.max(...own).toFixed(0)}`,
      ];
    }),
  );
  const header = ["of the floor", "of the transaction", "way", "where", "creates/s, median", "range"];
  const verdicts = places.map((place) => {
    const reached = ratio(ratesOf(rates, "rpc", place), ratesOf(rates, "floor", place));
    return `target: rpc at least ${target} of the floor with ${place}: ${reached >= target ? "met" : "NOT met"} (${reached.toFixed(2)})`;
  });
  return `${machineFacts(server)}
${callers} callers; ${rounds} rounds of ${roundMs} ms each, in turn; ratios are medians of the rounds' ratios

${table(header, rows)}

rpc: CreateApiKey as JSON over HTTP, to a service in a process of its own.
service: the service layer in this process, without the look-up of the project.
floor: the statements of one rpc by pg alone, a transaction a key: ${statements.lookups} look-up, then a transaction of ${statements.transaction} statements.
Every project's trail was walked afterwards and holds.
${verdicts.join("\n")}
`;
}

function ratesOf(rates: Rates, way: (typeof ways)[number], place: (typeof places)[number]): readonly number[] {
  const found = rates.get(`${way} ${place}`);
  if (found === undefined) {
    throw new Error(`${way} was not measured with ${place}`);
  }
  return found;
}

/** Round by round, since the two took turns. */
function ratio(own: readonly number[], base: readonly number[]): number {
  return median(own.map((rate, round) => rate / (base[round] ?? Number.NaN)));
}
