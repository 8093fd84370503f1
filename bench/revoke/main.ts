/**
 * How long a revocation takes until it is in force on three instances, against a bare commit with a notification: both on one
 * database, in turn in every round. Whether it is in force is asked of the other two as soon as it has returned.
 */
import { benchDatabase } from "../lib/database.js";
import { startInstances } from "../lib/instances.js";
import { BareCommits } from "./bare-commit.js";
import { connectionCounts, type Latencies, report, subjects } from "./report.js";
import { Revocations } from "./revocations.js";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const calls = Number(process.env["BENCH_CALLS"] ?? 1_000);
const instances = 3;
/** The product's default. */
const poolSize = 25;

await using database = await benchDatabase();
await using running = await startInstances(database.url, instances, () => ({ poolSize }));
await using bare = await BareCommits.open(database.url, Math.max(...connectionCounts), calls);
const revocations = new Revocations(database.url, running.services);

const results = new Map<string, Latencies[]>();
// The round before the first warms all of them up.
for (let round = -1; round < rounds; round++) {
  for (const connections of connectionCounts) {
    for (const { name, projects } of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const latencies =
        projects === undefined
          ? await bare.run(connections, calls)
          : await revocations.run(connections, calls, projects);
      const at = (part: number) => latencies[Math.floor(calls * part)] ?? Number.NaN;
      const measured = { p50Ms: at(0.5), p99Ms: at(0.99) };
      if (round >= 0) {
        const key = `${name}, ${connections}`;
        results.set(key, [...(results.get(key) ?? []), measured]);
      }
      if (process.env["BENCH_LOG"]) {
        console.error(round, connections, name, measured);
      }
    }
  }
}
revocations.close();
const { text, isRight } = report({ results, revocations, server: database.server, instances, rounds, calls });
process.stdout.write(text);
process.exitCode = isRight ? 0 : 1;
