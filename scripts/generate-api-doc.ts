/**
 * Writes docs/api.md from the protos, the scopes in src/server/call/rpc-table.ts, the routes and the domains'
 * errors. With `--check` it writes nothing, and fails when the page is not what it would write.
 *
 * It reads the compiled product, so `npm run build` comes first.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { apiPage } from "./api-doc/page.js";
import { readProduct } from "./api-doc/product.js";

const page = "docs/api.md";
const text = apiPage(readContract(), await readProduct());
if (!process.argv.includes("--check")) {
  writeFileSync(page, text);
} else if (text !== readFileSync(page, "utf8")) {
  console.error(`${page} is not what the protos say; run \`npm run generate\``);
  process.exitCode = 1;
}

/** The protos as descriptors, comments included, which the generated code leaves out. */
function readContract() {
  const folder = mkdtempSync(join(tmpdir(), "altalune-image-"));
  try {
    const image = join(folder, "image.binpb");
    execFileSync("buf", ["build", "--output", image], { stdio: "inherit" });
    // A buf image is a FileDescriptorSet with fields of its own.
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
