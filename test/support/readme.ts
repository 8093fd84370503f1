import { readFileSync } from "node:fs";

/** A block of the README that is marked for tests by this name, as it is printed. */
export function readmeBlock(name: string): string {
  return pageBlock("README.md", name);
}

/** The same of another page. */
export function pageBlock(page: string, name: string): string {
  const marked = readFileSync(page, "utf8").split(`<!-- run: ${name} -->\n`)[1];
  const block = /^```\w+\n(.*?)^```$/ms.exec(marked ?? "")?.[1];
  if (block === undefined) {
    throw new Error(`${page} has no block that is marked "${name}"`);
  }
  return block;
}
