/**
 * How long it takes until a thousand keys that were reported as exposed are refused by each of three instances: by one report of GitHub's
 * secret scanning, and by a call of ReportExposedKey for each of them.
 */
import { benchDatabase } from "../lib/database.js";
import { startInstances } from "../lib/instances.js";
import { Exposures, type Measured } from "./exposures.js";
import { startGithub } from "./github.js";
import { report } from "./report.js";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
/** As many as one report of GitHub's holds at most. */
const keys = 1_000;
const projects = 16;
const instances = 3;
const connections = 32;
/** The product's default. */
const poolSize = 25;

await using database = await benchDatabase();
await using github = await startGithub();
await using running = await startInstances(database.url, instances, () => ({ poolSize }), github);
const exposures = new Exposures({
  databaseUrl: database.url,
  services: running.services,
  github,
  count: keys,
  projects,
});

const subjects = [
  { name: "GitHub's, of all", isJudged: true, rounds: [] as Measured[], run: () => exposures.byGithub() },
  {
    name: `ReportExposedKey, each, ${connections} at once`,
    isJudged: false,
    rounds: [] as Measured[],
    run: () => exposures.byCalls(connections),
  },
];
// The round before the first warms all of them up.
for (let round = -1; round < rounds; round++) {
  for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
    const measured = await subject.run();
    if (round >= 0) {
      subject.rounds.push(measured);
    }
    if (process.env["BENCH_LOG"]) {
      console.error(round, subject.name, measured);
    }
  }
}
exposures.close();
const { text, isRight } = report({ subjects, server: database.server, instances, keys, projects });
process.stdout.write(text);
process.exitCode = isRight ? 0 : 1;
