/**
 * How fast a warm key is verified, against the least that an HTTP service in Node can do, the stock Connect adapter, and
 * better-auth. Each runs in a process of its own and takes its turn in every round; the load comes from another.
 */
import { benchDatabase } from "../lib/database.js";
import { type Measured, measure } from "./measure.js";
import { report } from "./report.js";
import { startSubjects } from "./subjects.js";

const quick = process.env["BENCH_QUICK"] === "1";
const rounds = Number(process.env["BENCH_ROUNDS"] ?? (quick ? 1 : 5));
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? (quick ? 500 : 3_000));
const warmUpMs = Math.min(1_000, durationMs);
const keyCounts = [64, Number(process.env["BENCH_KEYS"] ?? (quick ? 10_000 : 100_000))];
const connectionCounts = (process.env["BENCH_CONNECTIONS"] ?? "32,1").split(",").map(Number);
const only = process.env["BENCH_ONLY"]?.split(";");

await using database = await benchDatabase();
await using subjects = await startSubjects(database, Math.max(...keyCounts));
const measured = subjects.all.filter(({ name }) => only === undefined || only.includes(name));

const runs = new Map<string, Measured[]>();
for (const keys of keyCounts) {
  for (const connections of connectionCounts) {
    // One setting after the other, and none pays for another: usage is added up half a minute after it was counted.
    for (let round = 0; round < rounds; round++) {
      for (const subject of measured) {
        const run = await measure(
          subject,
          { keys, connections },
          { keysFile: subjects.keysFile, warmUpMs, durationMs },
        );
        const name = `${subject.name} ${connections} ${keys}`;
        runs.set(name, [...(runs.get(name) ?? []), run]);
        if (process.env["BENCH_LOG"]) {
          console.error(round, name, run);
        }
      }
    }
    await subjects.settled();
  }
}
const names = measured.map(({ name }) => name);
process.stdout.write(report({ runs, names, keyCounts, connectionCounts, server: database.server, rounds, durationMs }));
