import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { owned } from "../lib/cleanup.js";

const identifier = "bench";

/** Who reports as GitHub's secret scanning does, by a key of its own. */
export interface Github extends AsyncDisposable {
  /** What the instances that hear it are started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** @returns how many of the values were said to be ours, once that is answered */
  report(url: string, values: readonly string[]): Promise<number>;
}

export async function startGithub(): Promise<Github> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const folder = await mkdtemp(join(tmpdir(), "altalune-bench-github-"));
  const file = join(folder, "keys.json");
  const key = publicKey.export({ type: "spki", format: "pem" });
  await writeFile(file, JSON.stringify({ public_keys: [{ key_identifier: identifier, key, is_current: true }] }));
  return owned({
    environment: { ALTALUNE_GITHUB_KEYS_FILE: file },
    async report(url: string, values: readonly string[]) {
      const body = JSON.stringify(
        values.map((token) => ({ token, type: "bench_key", url: "https://github.com/bench/bench", source: "content" })),
      );
      const response = await fetch(new URL("/leaks/github", url), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "github-public-key-identifier": identifier,
          "github-public-key-signature": sign("sha256", Buffer.from(body), privateKey).toString("base64"),
        },
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
