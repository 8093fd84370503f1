import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keysAnswer, newPair, signed } from "../../test/rules/exposure/github.js";
import { owned } from "../lib/cleanup.js";

/** Who reports as GitHub's secret scanning does, by a key of its own. */
export interface Github extends AsyncDisposable {
  /** What the instances that hear it are started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** @returns how many of the values were said to be ours, once that is answered */
  report(url: string, values: readonly string[]): Promise<number>;
}

export async function startGithub(): Promise<Github> {
  const pair = newPair();
  const folder = await mkdtemp(join(tmpdir(), "altalune-bench-github-"));
  const file = join(folder, "keys.json");
  await writeFile(file, keysAnswer(pair));
  return owned({
    environment: { ALTALUNE_GITHUB_KEYS_FILE: file },
    async report(url: string, values: readonly string[]) {
      const body = JSON.stringify(
        values.map((token) => ({ token, type: "bench_key", url: "https://github.com/bench/bench", source: "content" })),
      );
      const response = await fetch(new URL("/leaks/github", url), {
        method: "POST",
        headers: signed(pair, body),
        body,
      });
      const text = await response.text();
      if (!response.ok) {
        throw new Error(`the report is refused: ${response.status} ${text}`);
      }
      const labels = JSON.parse(text) as readonly { readonly label: string }[];
      return labels.filter(({ label }) => label === "true_positive").length;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  });
}
