/**
 * What an attacker costs the others: the p99 of legitimate verifications with an attack and without, in turns, and what it
 * leaves in memory.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchDatabase } from "../lib/database.js";
import { commandLineCaller, createLogger, createServices, MasterKey, openDatabase } from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { machineFacts, median, table } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import { insertKeys, newKeys } from "../verify/keys.js";
import { memoryOf } from "../verify/process-usage.js";

const quick = process.env["BENCH_QUICK"] === "1";
const rounds = Number(process.env["BENCH_ROUNDS"] ?? (quick ? 2 : 5));
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? (quick ? 3_000 : 10_000));
const perSecond = Number(process.env["BENCH_RATE"] ?? 300);
const attackPerSecond = Number(process.env["BENCH_ATTACK_RATE"] ?? 600);
const idleConnections = 2_000;
const slowBodies = 100;

await using database = await benchDatabase();
await using service = await startService(database.url);
const folder = await mkdtemp(join(tmpdir(), "altalune-bench-attack-"));
const keysFile = join(folder, "keys.json");
const keys = newKeys(1_000);
await writeFile(keysFile, JSON.stringify(keys));
const powerlessRootKey = await prepare();

interface Result {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const results: Record<"quiet" | "attacked", Result[]> = { quiet: [], attacked: [] };
const memory: number[] = [];
await legitimate();
for (let round = 0; round < rounds; round++) {
  results.quiet.push(await legitimate());
  await using attacker = Child.start("./attacker.ts");
  attacker.send({
    port: Number(new URL(service.url).port),
    rootKey: service.rootKey,
    powerlessRootKey,
    perSecond: attackPerSecond,
    idleConnections,
    slowBodies,
  });
  await pause(1_000);
  results.attacked.push(await legitimate());
  memory.push(memoryOf(service.pid));
}

const ratios = results.attacked.map(({ p99Ms }, round) => p99Ms / (results.quiet[round]?.p99Ms ?? Number.NaN));
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
process.stdout.write(`${machineFacts(database.server)}
${rounds} rounds of ${durationMs} ms with and without, in turn; ${perSecond} legitimate calls a second
attack: ${attackPerSecond} requests a second (unknown keys of the right shape, wrong checksums, a root key without the scope,
made-up root keys, one in 200 oversized), ${idleConnections} idle connections, ${slowBodies} bodies that trickle in

${table(
  ["p99 ratio", "", "p50", "p99"],
  (["quiet", "attacked"] as const).map((name) => [
    name === "quiet" ? "1.00" : median(ratios).toFixed(2),
    name,
    `${median(results[name].map(({ p50Ms }) => p50Ms)).toFixed(2)} ms`,
    `${median(results[name].map(({ p99Ms }) => p99Ms)).toFixed(2)} ms`,
  ]),
)}

memory after each attack: ${memory.map(mib).join(", ")}

${median(ratios) <= 2 ? "met    " : "NOT met"}  p99 at most doubles: ${median(ratios).toFixed(2)}
`);
await rm(folder, { recursive: true, force: true });

async function legitimate(): Promise<Result> {
  await using load = Child.start("./legitimate.ts");
  load.send({ url: service.url, rootKey: service.rootKey, keysFile, perSecond, durationMs });
  return await load.next<Result>();
}

/** @returns a root key that may not verify */
async function prepare(): Promise<string> {
  const db = await openDatabase(database.url, { poolSize: 2, logger: createLogger("warn") });
  const masterKey = new MasterKey(Buffer.from(service.masterKey, "base64"));
  const { projects, rootKeys } = await createServices({ db, masterKey, environmentKey: undefined });
  const project = await projects.create(commandLineCaller, uncappedProject);
  await insertKeys(db, project.id, keys);
  const { keyValue } = await rootKeys.create(commandLineCaller, {
    name: "powerless",
    scopes: ["projects:read"],
    projects: undefined,
    expiresAt: undefined,
  });
  await db.destroy();
  return keyValue;
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}
