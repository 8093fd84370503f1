import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";

/** What a figure means nothing without. */
export function machineFacts(server: string): string {
  const [cpu] = cpus();
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.version}`,
    `${cpus().length} cores of ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    server,
  ].join("\n");
}

/** How a line begins that says whether a target was met. */
export function met(isMet: boolean): string {
  return isMet ? "met    " : "NOT met";
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  if (low === undefined || high === undefined) {
    throw new Error("a median of nothing");
  }
  return (low + high) / 2;
}

/** A table that reads well in a terminal and is one in Markdown. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}
