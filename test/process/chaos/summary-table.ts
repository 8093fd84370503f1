import type { Summary } from "./rounds.js";

/** The outcome, for a terminal. */
export function summaryTable(summary: Summary): string {
  const { rounds, adopted, acknowledged, refused, unanswered, together, verdicts, violations } = summary;
  const total = [...rounds.values()].reduce((sum, count) => sum + count, 0);
  const denied = [...refused.values()].reduce((sum, count) => sum + count, 0);
  const asked = acknowledged.create + denied + unanswered.creations;
  const rows: readonly (readonly [string, number])[] = [
    ["rounds", total],
    ...[...rounds].map(([mode, count]) => [`  killed: ${mode}`, count] as const),
    ["starts that took over a running Postgres", adopted],
    ...Object.entries(acknowledged).map(([kind, count]) => [`acknowledged: ${kind}`, count] as const),
    ["creations asked for", asked],
    ["  acknowledged", acknowledged.create],
    ...[...refused].toSorted().map(([reason, count]) => [`  refused: ${reason}`, count] as const),
    ["  not answered", unanswered.creations],
    ["    of these, made all the same", unanswered.tookEffect],
    ["transactions that made these keys", together.transactions],
    ["  most keys in one", together.most],
    ["  with keys of two projects", together.ofSeveralProjects],
    ["verdicts checked", verdicts],
    ["violations", violations.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, count]) => `${name.padEnd(width)}  ${String(count).padStart(8)}`);
  return [...lines, ...violations.slice(0, 50)].join("\n");
}
