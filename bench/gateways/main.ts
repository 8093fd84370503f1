/**
 * How fast gateways are answered: forward-auth and Envoy's ext_authz from memory, against the least that a service in Node can do,
 * and what a real nginx serves with and without asking. Each takes its turn in every round; the load comes from another process.
 */
import { benchDatabase } from "../lib/database.js";
import { Child } from "../verify/child.js";
import { cpuMsOf } from "../verify/process-usage.js";
import type { GatewayLoadJob } from "./load.js";
import { type GatewayRound, gatewayReport } from "./report.js";
import { type GatewaySubject, startGatewaySubjects } from "./subjects.js";

const quick = process.env["BENCH_QUICK"] === "1";
const rounds = Number(process.env["BENCH_ROUNDS"] ?? (quick ? 1 : 5));
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? (quick ? 500 : 3_000));
const warmUpMs = Math.min(1_000, durationMs);
const only = process.env["BENCH_ONLY"]?.split(";");

await using database = await benchDatabase();
await using subjects = await startGatewaySubjects(database);

const measured = subjects.all
  .filter(({ name }) => only === undefined || only.includes(name))
  .map((subject) => ({ subject, rounds: [] as GatewayRound[] }));
for (let round = 0; round < rounds; round++) {
  for (const { subject, rounds: own } of measured) {
    own.push(await measure(subject));
    if (process.env["BENCH_LOG"]) {
      console.error(round, subject.name, own.at(-1));
    }
  }
}
process.stdout.write(gatewayReport({ measured, server: database.server, durationMs }));

async function measure(subject: GatewaySubject): Promise<GatewayRound> {
  await using load = Child.start("../gateways/load.ts");
  const job: GatewayLoadJob = { ...subject, keysFile: subjects.keysFile, warmUpMs, durationMs };
  let before = 0;
  const { calls, seconds, p50Ms, p99Ms } = await load.load(job, () => {
    before = cpuMsOf(subject.pid);
  });
  const cpuMs = subject.worksItself ? cpuMsOf(subject.pid) - before : Number.NaN;
  return { perSecond: calls / seconds, p50Ms, p99Ms, cpuUsPerCall: (cpuMs * 1000) / calls };
}
