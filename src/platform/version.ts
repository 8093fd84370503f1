import { existsSync, readFileSync } from "node:fs";

/** This version of Altalune, as its package.json has it, however deep the compiled file lies. */
export const version = readVersion(new URL(".", import.meta.url));

function readVersion(folder: URL): string {
  const file = new URL("package.json", folder);
  const { name, version = "unknown" } = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { readonly name?: string; readonly version?: string })
    : {};
  const above = new URL("..", folder);
  return name === "altalune" || above.href === folder.href ? version : readVersion(above);
}
