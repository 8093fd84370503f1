import { machineFacts, median, met, table } from "../lib/report.js";
import type { Revocations } from "./revocations.js";

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const base = "bare commit";
/** In the order in which they take turns and are shown. */
export const subjects = [
  { name: base, projects: undefined },
  { name: "RevokeApiKey, 16 projects", projects: 16 },
  { name: "RevokeApiKey, one project", projects: 1 },
] as const;
export const connectionCounts = [1, 8] as const;
const mostOfBare = 8;

interface Run {
  /** The rounds of each subject, by its name and connections. */
  readonly results: ReadonlyMap<string, readonly Latencies[]>;
  readonly revocations: Pick<Revocations, "revoked" | "verdictsAfterwards" | "pending">;
  readonly server: string;
  readonly instances: number;
  readonly rounds: number;
  readonly calls: number;
}

/** Whether all answers were right, and the figures. */
export interface Report {
  readonly text: string;
  readonly isRight: boolean;
}

export function report({ results, revocations, server, instances, rounds, calls }: Run): Report {
  const of = (name: string, connections: number) => results.get(`${name}, ${connections}`) ?? [];
  /** Round by round, since they took turns. */
  const ratio = (name: string, connections: number, value: (latencies: Latencies) => number) =>
    median(of(name, connections).map((own, i) => value(own) / value(of(base, connections)[i] ?? own)));
  const p50 = ({ p50Ms }: Latencies) => p50Ms;
  const p99 = ({ p99Ms }: Latencies) => p99Ms;
  const rows = connectionCounts.flatMap((connections) =>
    subjects.map(({ name }) => [
      ratio(name, connections, p99).toFixed(2),
      ratio(name, connections, p50).toFixed(2),
      name,
      String(connections),
      `${median(of(name, connections).map(p50)).toFixed(2)} ms`,
      `${median(of(name, connections).map(p99)).toFixed(2)} ms`,
    ]),
  );
  const verdicts = connectionCounts.flatMap((connections) =>
    subjects
      .filter(({ projects }) => projects !== undefined)
      .map(({ name }) => {
        const reached = ratio(name, connections, p99);
        return `${met(reached <= mostOfBare)}  p99 of ${name}, ${connections} connections: ${reached.toFixed(2)} of a bare commit's, target ≤ ${mostOfBare}`;
      }),
  );
  const { revoked, verdictsAfterwards, pending } = revocations;
  const asked = [...verdictsAfterwards.values()].reduce((sum, count) => sum + count, 0);
  const refused = verdictsAfterwards.get("VERIFICATION_CODE_REVOKED") ?? 0;
  const isRight = pending.length === 0 && refused === asked;
  return {
    isRight,
    text: `${machineFacts(server)}
${instances} instances; ${rounds} rounds of ${calls} calls each, in turn, after one that is not counted; figures are medians, ratios are medians of the rounds' ratios

${table(["p99 of bare", "p50 of bare", "subject", "connections", "p50", "p99"], rows)}

bare commit: begin, an update of one row, pg_notify and commit by pg, on a table of its own in the same database.
${verdicts.join("\n")}
${met(pending.length === 0)}  in force everywhere when they returned: ${revoked - pending.length} of ${revoked} revocations${pending[0] === undefined ? "" : `; one said ${pending[0]}`}
${met(refused === asked)}  refused by the other two right afterwards: ${refused} of ${asked} verifications ${JSON.stringify(Object.fromEntries(verdictsAfterwards))}
`,
  };
}
