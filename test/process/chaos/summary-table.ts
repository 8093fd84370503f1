import type { Summary } from "./rounds.js";

/** The outcome, for a terminal. */
export function summaryTable({ rounds, adopted, acknowledged, verdicts, violations }: Summary): string {
  const total = [...rounds.values()].reduce((sum, count) => sum + count, 0);
  const rows: readonly (readonly [string, number])[] = [
    ["rounds", total],
    ...[...rounds].map(([mode, count]) => [`  killed: ${mode}`, count] as const),
    ["starts that took over a running Postgres", adopted],
    ...Object.entries(acknowledged).map(([kind, count]) => [`acknowledged: ${kind}`, count] as const),
    ["verdicts checked", verdicts],
    ["violations", violations.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, count]) => `${name.padEnd(width)}  ${String(count).padStart(8)}`);
  return [...lines, ...violations.slice(0, 50)].join("\n");
}
