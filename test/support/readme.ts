import { readFileSync } from "node:fs";

/** The blocks of a page that are marked for tests by a name, as they are printed, in their order. */
export function markedBlocks(page: string, name: string): readonly string[] {
  const [, ...marked] = readFileSync(page, "utf8").split(`<!-- run: ${name} -->\n`);
  const blocks = marked.map((after) => /^```\w+\n(.*?)^```$/ms.exec(after)?.[1] ?? "");
  if (blocks.length === 0 || blocks.includes("")) {
    throw new Error(`${page} has no block that is marked "${name}"`);
  }
  return blocks;
}

/** The block of the README that is marked by a name. */
export function readmeBlock(name: string): string {
  return markedBlocks("README.md", name)[0] ?? "";
}
