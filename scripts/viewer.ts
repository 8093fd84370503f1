/**
 * Puts the viewer of docs/openapi.json into dist/viewer, with its licence: the product serves it from there, and who installs the product
 * installs none of what the viewer's own package brings.
 */
import { copyFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = "dist/viewer";
const from = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));

mkdirSync(folder, { recursive: true });
for (const name of [
  "swagger-ui-bundle.js",
  "swagger-ui.css",
  "swagger-ui-bundle.js.LICENSE.txt",
  "LICENSE",
  "NOTICE",
]) {
  const [source, target] = [join(from, name), join(folder, name)];
  // Left alone when it is right: a server may be reading it.
  if (!existsSync(target) || statSync(source).mtimeMs > statSync(target).mtimeMs) {
    copyFileSync(source, target);
  }
}
