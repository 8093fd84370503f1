/**
 * How fast keys are created, against what a user would write by hand. Each runs in a process of its own on one database server,
 * and takes its turn in every round; the load comes from another process.
 */
import { benchDatabase } from "../lib/database.js";
import { PostgresProcesses } from "../lib/postgres-processes.js";
import { commandLineCaller, createLogger, createServices, MasterKey, openDatabase } from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { startService } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import { cpuMsOf } from "../verify/process-usage.js";
import type { CreateJob } from "./load.js";
import { type CreateRound, type CreateRounds, places, report, subjects } from "./report.js";

const connections = Number(process.env["BENCH_CONNECTIONS"] ?? 32);
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? 3_000);
/** Code goes on getting faster for thousands of creations. */
const firstWarmUpMs = 5_000;
const warmUpMs = 500;

await using database = await benchDatabase();
await using service = await startService(database.url);
await using bare = Child.start("../create/bare-create.ts", [database.url]);
const { port: barePort } = await bare.next<{ readonly port: number }>();
const postgres = await PostgresProcesses.of(database.url);

const db = await openDatabase(database.url, { poolSize: 4, logger: createLogger("warn") });
const { projects, audit } = await createServices({
  db,
  masterKey: new MasterKey(Buffer.from(service.masterKey, "base64")),
  environmentKey: undefined,
});
const made = await Promise.all(
  Array.from({ length: 16 }, (_, i) =>
    projects.create(commandLineCaller, { ...uncappedProject, name: `bench ${i}`, maxKeysPerOwner: 5 }),
  ),
);

const path = "/altalune.v1.ApiKeyService/CreateApiKey";
const targets = {
  "bare create": { port: barePort, path, authorization: "none", pid: bare.pid },
  Altalune: { port: Number(new URL(service.url).port), path, authorization: service.rootKey, pid: service.pid },
} as const;

const results: CreateRounds = new Map();
for (let round = -1; round < rounds; round++) {
  for (const place of places) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const projectIds = (place === "16 projects" ? made : made.slice(0, 1)).map(({ publicId }) => publicId);
      const times = round < 0 ? { warmUpMs: 0, durationMs: firstWarmUpMs } : { warmUpMs, durationMs };
      const { pid, ...target } = targets[subject];
      const measured = await measure(pid, { ...target, ...times, projectIds, connections });
      if (round >= 0) {
        const name = `${subject}, ${place}`;
        results.set(name, [...(results.get(name) ?? []), measured]);
        if (process.env["BENCH_LOG"]) {
          console.error(round, name, measured);
        }
      }
    }
  }
}
await checkTrails();
process.stdout.write(report({ results, server: database.server, connections, rounds, durationMs }));
await db.destroy();

async function measure(pid: number, job: CreateJob): Promise<CreateRound> {
  await using load = Child.start("../create/load.ts");
  let before = { service: 0, postgres: 0 };
  const { calls, seconds, p50Ms, p99Ms } = await load.load(job, () => {
    before = { service: cpuMsOf(pid), postgres: postgres.cpuMs() };
  });
  const perCall = (ms: number) => (ms * 1000) / calls;
  return {
    perSecond: calls / seconds,
    p50Ms,
    p99Ms,
    serviceUs: perCall(cpuMsOf(pid) - before.service),
    postgresUs: perCall(postgres.cpuMs() - before.postgres),
  };
}

async function checkTrails(): Promise<void> {
  for (const project of made) {
    const whole = { fromSequence: 0n, toSequence: 0n };
    const { intact, firstBrokenSequence } = await audit.verify(project, whole, undefined);
    if (!intact) {
      throw new Error(`the trail of ${project.name} does not hold at ${firstBrokenSequence}`);
    }
  }
}
