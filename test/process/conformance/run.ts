/**
 * Runs the official Connect conformance suite and prints what came of it. What follows on the command line goes to the
 * runner: `--trace`, `--run "Timeouts/**"`.
 *
 *     npm run build
 *     node --import ./test/support/typescript-imports.mjs test/process/conformance/run.ts
 */
import { findRunner, runConformance } from "./runner.js";

const runner = findRunner();
if (typeof runner === "string") {
  console.error(runner);
  process.exitCode = 1;
} else {
  console.log(`connectconformance ${runner.version}`);
  const { passed, output } = await runConformance(runner, process.argv.slice(2));
  console.log(output);
  process.exitCode = passed ? 0 : 1;
}
