import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What `npm pack` has made. */
export interface Packed {
  /** Where it is. */
  readonly tarball: string;
  readonly size: number;
  readonly unpackedSize: number;
  /** Their paths, within the package. */
  readonly files: readonly string[];
}

/** Packs the SDK as it would be published. */
export async function packSdk(): Promise<string> {
  const { tarball } = await pack(["--workspace", "sdk"]);
  return tarball;
}

/** Runs `npm pack` in the checkout, into a folder of its own. */
export async function pack(args: readonly string[]): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-packed-"));
  const { stdout } = await run("npm", ["pack", ...args, "--pack-destination", folder, "--json"]);
  // npm 11 tells a list of packages, npm 12 an object of them by name.
  const [packed] = Object.values(JSON.parse(stdout)) as readonly PackReport[];
  const { filename = "", size = 0, unpackedSize = 0, files = [] } = packed ?? {};
  return { tarball: join(folder, filename), size, unpackedSize, files: files.map(({ path }) => path) };
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
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
