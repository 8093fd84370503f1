import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Writes a generated file; with `--check` writes nothing, and fails when the file is not what would be written. */
export function writeOrCheck(file: string, text: string): void {
  if (!process.argv.includes("--check")) {
    writeFileSync(file, text);
  } else if (!existsSync(file) || text !== readFileSync(file, "utf8")) {
    console.error(`${file} is not what the protos say; run \`npm run generate\``);
    process.exitCode = 1;
  }
}
