import { seededRandom } from "../../support/random.js";
import { chaos, chaosSummaryOf } from "./chaos.js";
import { startOwnServer } from "./own-server.js";

// node --import ./test/support/typescript-imports.mjs test/process/propagation/chaos-script.ts [seconds] [seed]: narrows keys on three
// compiled instances while a driver suspends and kills them, cuts their connections and restarts the database.
const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 32);
console.log(`${seconds} seconds, seed ${seed}`);
// What was started ends with this process, except for the database, which is asked to.
const server = await startOwnServer();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.stop().finally(() => process.exit(1)));
}
try {
  const report = await chaos({
    seconds,
    members: 3,
    random: seededRandom(seed),
    env: { ...server.env, ALTALUNE_CACHE_LEASE: "2s" },
    databaseUrl: server.url,
    restartDatabase: server.restart,
  });
  console.log(chaosSummaryOf(report));
  process.exitCode = report.observed.violations.length + report.crashes.length > 0 ? 1 : 0;
} finally {
  await server.stop();
}
process.exit();
