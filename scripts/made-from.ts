import { readFileSync, rmSync, writeFileSync } from "node:fs";

/**
 * Makes what is in a folder, unless it was made from the same before. What is half made is made again.
 *
 * @param state what it is made from, as a text
 */
export async function makeOnce(folder: string, state: string, make: () => Promise<void>): Promise<void> {
  const marker = `${folder}/.made-from`;
  if (state === textOf(marker)) {
    return;
  }
  rmSync(marker, { force: true });
  await make();
  writeFileSync(marker, state);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
