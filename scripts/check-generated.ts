/**
 * Fails when gen/, or the package's own sdk/src/gen/, is not what `npm run generate` would make of the protos: generates into a
 * folder of its own, by the same templates, and compares byte for byte.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const fresh = mkdtempSync(join(tmpdir(), "altalune-gen-"));
try {
  for (const [folder, template] of [
    ["gen", "buf.gen.yaml"],
    ["sdk/src/gen", "sdk/buf.gen.yaml"],
  ] as const) {
    execFileSync("buf", ["generate", "--template", template, "--output", fresh], { stdio: "inherit" });
    const stale = differences(folder, join(fresh, folder));
    if (stale.length > 0) {
      console.error(`${folder}/ is not what the protos say; run \`npm run generate\`:\n  ${stale.join("\n  ")}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function differences(committed: string, generated: string): readonly string[] {
  const [before, after] = [filesOf(committed), filesOf(generated)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === undefined) {
      return [`${name} is missing`];
    }
    if (now === undefined) {
      return [`${name} has no proto any more`];
    }
    return old.equals(now) ? [] : [`${name} differs`];
  });
}

function filesOf(folder: string): ReadonlyMap<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(names.map((name) => [name.slice(folder.length + 1), readFileSync(name)]));
}
