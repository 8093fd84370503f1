import type { TestInstance } from "../../support/instance.js";

export type LogLine = Readonly<Record<string, unknown>>;

/** The lines of the log that have all of these fields. */
export function linesWith({ logLines }: Pick<TestInstance, "logLines">, fields: LogLine): readonly LogLine[] {
  return logLines
    .map((line) => JSON.parse(line) as LogLine)
    .filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value));
}
