import { readFileSync } from "node:fs";

type Environment = Readonly<Record<string, string | undefined>>;

export interface FromFiles {
  /** The variables that are set, by themselves or by their files; an empty one counts as not set. */
  readonly given: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** Reads each variable, or in its place the file that `<name>_FILE` names, without the line's end that editors leave. */
export function fromFiles(env: Environment, names: readonly string[]): FromFiles {
  const given: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of names) {
    const value = env[name];
    const path = env[`${name}_FILE`];
    if (value && path) {
      faults.push(`${name} and ${name}_FILE must not be set together`);
    } else if (path) {
      try {
        given[name] = readFileSync(path, "utf8").replace(/[\r\n]+$/, "");
      } catch (error) {
        faults.push(`${name}_FILE must name a file that can be read: ${(error as NodeJS.ErrnoException).code}`);
      }
    } else if (value) {
      given[name] = value;
    }
  }
  return { given: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")), faults };
}
