import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** The protos as descriptors, comments included, which the generated code leaves out. */
export function readContract(): FileRegistry {
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
