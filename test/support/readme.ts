import { readFileSync } from "node:fs";

/** A block of the README that is marked for tests by this name, as it is printed. */
export function readmeBlock(name: string): string {
  const marked = readFileSync("README.md", "utf8").split(`<!-- run: ${name} -->\n`)[1];
  const block = /^```\w+\n(.*?)^```$/ms.exec(marked ?? "")?.[1];
  if (block === undefined) {
    throw new Error(`the README has no block that is marked "${name}"`);
  }
  return block;
}
