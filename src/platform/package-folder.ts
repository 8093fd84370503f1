import { existsSync, readFileSync } from "node:fs";

/** A package.json, as far as it is looked at. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
}

/** Where this package is, and what its package.json says, however deep the compiled file lies. Undefined: nowhere. */
export const ownPackage = findPackage(new URL(".", import.meta.url));

function findPackage(folder: URL): { readonly folder: URL; readonly manifest: Manifest } | undefined {
  const file = new URL("package.json", folder);
  const manifest: Manifest = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const above = new URL("..", folder);
  if (manifest.name === "altalune") {
    return { folder, manifest };
  }
  return above.href === folder.href ? undefined : findPackage(above);
}
