/**
 * Writes google/api/annotations.proto and http.proto as protobufjs carries them, so that `buf` can resolve the imports without
 * the schema registry, with the Go package that Google's own have.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.argv[2];
if (folder === undefined) {
  throw new Error("usage: print-http-proto.ts <output directory>");
}
const goPackage = 'option go_package = "google.golang.org/genproto/googleapis/api/annotations;annotations";';

mkdirSync(join(folder, "google/api"), { recursive: true });
for (const name of ["google/api/annotations.proto", "google/api/http.proto"]) {
  const source = readFileSync(fileURLToPath(import.meta.resolve(`protobufjs/${name}`)), "utf8");
  const text = `${source.replace("package google.api;", (line) => `${line}\n\n${goPackage}`).trimEnd()}\n`;
  const file = join(folder, name);
  // Left alone when it is right: another run may be reading it.
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    writeFileSync(file, text);
  }
}
