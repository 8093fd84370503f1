/**
 * Takes the protos of Envoy's external authorization, and all that they import, out of the npm package that carries Envoy's API,
 * into third_party/proto. Run when a newer API is wanted: `node scripts/take-envoy-protos.ts`. What is generated of them is
 * less: buf.gen.yaml names it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const source = "@grpc/grpc-js-xds@1.14.1";
const target = "third_party/proto";

const folder = mkdtempSync(join(tmpdir(), "altalune-envoy-"));
try {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder, source], { stdio: "inherit" });
  execFileSync("tar", ["-xzf", join(folder, "grpc-grpc-js-xds-1.14.1.tgz"), "-C", folder]);
  const deps = join(folder, "package/deps");
  take(
    "envoy/service/auth/v3/external_auth.proto",
    ["envoy-api", "xds", "protoc-gen-validate", "googleapis"].map((name) => join(deps, name)),
    new Set(),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Takes a file, and what it imports; buf knows google.protobuf by itself. */
function take(name: string, roots: readonly string[], taken: Set<string>): void {
  if (taken.has(name) || name.startsWith("google/protobuf/")) {
    return;
  }
  taken.add(name);
  const root = roots.find((candidate) => existsSync(join(candidate, name)));
  if (root === undefined) {
    throw new Error(`${source} has no ${name}`);
  }
  const text = readFileSync(join(root, name), "utf8").replaceAll("\r\n", "\n");
  mkdirSync(dirname(join(target, name)), { recursive: true });
  writeFileSync(join(target, name), text);
  for (const [, imported = ""] of text.matchAll(/^import (?:public )?"([^"]+)";$/gm)) {
    take(imported, roots, taken);
  }
}
