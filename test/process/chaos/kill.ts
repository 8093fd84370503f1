import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopPostmaster } from "../../../packages/embedded-postgres/src/stop-postmaster.js";
import { postmasterOf } from "./database.js";
import { killRounds } from "./rounds.js";
import { summaryTable } from "./summary-table.js";

// npm run test:chaos -- [rounds] [seed] [longest load of a round, in milliseconds]: kills the compiled service by -9 at random moments, and checks that nothing that
// it acknowledged is lost.
const rounds = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 32);
const longestMs = process.argv[4] === undefined ? undefined : Number(process.argv[4]);
const scratchDir = await mkdtemp(join(tmpdir(), "altalune-chaos-"));
// Made by us and for this: as root, the database's OS user has to pass.
await chmod(scratchDir, 0o711);
const dataDir = join(scratchDir, "data");
console.log(`${rounds} rounds, seed ${seed}, in ${scratchDir}`);

let whole = false;
let told = 0;
try {
  const summary = await killRounds({
    rounds,
    seed,
    dataDir,
    longestMs,
    progress: (round, mode, violations) => {
      if (round % 10 === 0 || violations.length > told) {
        console.log(`round ${round} (${mode}): ${violations.length} violations so far`);
      }
      // Told at once: what a later round throws is not to hide them.
      for (const sentence of violations.slice(told, told + 10)) {
        console.log(`  ${sentence}`);
      }
      told = violations.length;
    },
  });
  console.log(summaryTable(summary));
  whole = summary.violations.length === 0;
} finally {
  const postmaster = await postmasterOf(dataDir);
  if (postmaster !== undefined) {
    await stopPostmaster(postmaster.pid, join(dataDir, "pg"));
  }
  if (whole) {
    await rm(scratchDir, { recursive: true, force: true, maxRetries: 5 });
  } else {
    console.log(`what is left to look at is in ${scratchDir}`);
    process.exitCode = 1;
  }
}
