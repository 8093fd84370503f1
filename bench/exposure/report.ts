import { machineFacts, median, met, table } from "../lib/report.js";
import type { Measured } from "./exposures.js";

const mostMs = 1_000;

export interface Subject {
  readonly name: string;
  /** Whether it is what the target is about. */
  readonly isJudged: boolean;
  readonly rounds: readonly Measured[];
}

interface Run {
  readonly subjects: readonly Subject[];
  readonly server: string;
  readonly instances: number;
  readonly keys: number;
  readonly projects: number;
}

/** Whether all verdicts were right, and the figures. */
export interface Report {
  readonly text: string;
  readonly isRight: boolean;
}

export function report({ subjects, server, instances, keys, projects }: Run): Report {
  const shown = (values: readonly number[]) =>
    `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;
  const rows = subjects.map(({ name, rounds }) => [
    name,
    shown(rounds.map(({ answeredMs }) => answeredMs)),
    shown(rounds.map(({ refusedMs }) => refusedMs)),
  ]);
  const targets = subjects
    .filter(({ isJudged }) => isJudged)
    .map(({ name, rounds }) => {
      const reached = median(rounds.map(({ refusedMs }) => refusedMs));
      return `${met(reached <= mostMs)}  ${name}: all refused everywhere after ${reached.toFixed(0)} ms, target ≤ ${mostMs} ms`;
    });
  const sum = (of: (measured: Measured) => number) =>
    subjects.flatMap(({ rounds }) => rounds).reduce((total, measured) => total + of(measured), 0);
  const broken = sum((measured) => measured.broken);
  return {
    isRight: broken === 0,
    text: `${machineFacts(server)}
${keys} keys of ${projects} projects whose policy is to revoke; ${instances} instances, which remember them; ${subjects[0]?.rounds.length} rounds, in turn, after one that is not counted; medians, and from the least to the most

${table(["report", "answered", "all refused everywhere"], rows)}

${targets.join("\n")}
${met(broken === 0)}  VALID once they were to be refused: ${broken} of ${sum(({ promised }) => promised)} verifications
`,
  };
}
