import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Packs the SDK as it would be published. */
export async function packSdk(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-packed-"));
  const { stdout } = await run("npm", ["pack", "--workspace", "sdk", "--pack-destination", folder, "--json"]);
  // npm 11 tells a list of packages, npm 12 an object of them by name.
  const [packed] = Object.values(JSON.parse(stdout)) as readonly { readonly filename: string }[];
  return join(folder, packed?.filename ?? "");
}

/** A project of somebody's own, with these packages and nothing else. */
export async function freshProject(...packages: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-fresh-"));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...packages], { cwd: folder });
  return folder;
}

/** The first block of a language in a page of ours. */
export function firstBlock(page: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(page)?.[1] ?? "";
}
