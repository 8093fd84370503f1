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
import { machineFacts, median, met, table } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import { insertKeys, newKeys } from "../verify/keys.js";
import { memoryOf } from "../verify/process-usage.js";
import type { FloodJob } from "./flood.js";
import { type FloodKind, floodKinds } from "./kinds.js";
import type { Latencies } from "./legitimate.js";

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
const prepared = await prepare();

interface Result {
  readonly warm: Latencies;
  readonly cold: Latencies;
}

interface Measured {
  readonly kind: string;
  readonly quiet: readonly Result[];
  readonly attacked: readonly Result[];
  readonly peakBytes: number;
}

await legitimate();
const mixed = "mixed";
const only = process.env["BENCH_ONLY"];
const measured: Measured[] = [];
for (const kind of [mixed, ...floodKinds].filter((name) => only === undefined || name.includes(only))) {
  measured.push(await measure(kind));
}

const ratio = (of: (result: Result) => number, { quiet, attacked }: Measured) =>
  median(attacked.map((result, round) => of(result) / of(quiet[round] ?? result)));
const p99 = (kind: "warm" | "cold") => (result: Result) => result[kind].p99Ms;
const milliseconds = (results: readonly Result[], kind: "warm" | "cold") =>
  `${median(results.map((result) => result[kind].p50Ms)).toFixed(1)} / ${median(results.map(p99(kind))).toFixed(1)}`;
const worst = Math.max(...measured.flatMap((one) => [ratio(p99("warm"), one), ratio(p99("cold"), one)]));
process.stdout.write(`${machineFacts(database.server)}
${rounds} rounds of ${durationMs} ms with and without, in turn; ${perSecond} legitimate calls a second, one in five asks the database
mixed: ${attackPerSecond} requests a second (unknown keys of the right shape, wrong checksums, a root key without the scope,
made-up root keys, one in 200 oversized), ${idleConnections} idle connections, ${slowBodies} bodies that trickle in
p50 / p99 in ms

${table(
  [
    "attack",
    "warm p99 ratio",
    "cold p99 ratio",
    "warm, quiet",
    "attacked",
    "cold, quiet",
    "attacked",
    "refused",
    "most memory",
  ],
  measured.map((one) => [
    one.kind,
    ratio(p99("warm"), one).toFixed(2),
    ratio(p99("cold"), one).toFixed(2),
    milliseconds(one.quiet, "warm"),
    milliseconds(one.attacked, "warm"),
    milliseconds(one.quiet, "cold"),
    milliseconds(one.attacked, "cold"),
    String(one.attacked.reduce((sum, { warm, cold }) => sum + warm.refused + cold.refused, 0)),
    `${(one.peakBytes / 2 ** 20).toFixed(0)} MiB`,
  ]),
)}

${met(worst <= 2)}  p99 at most doubles: ${worst.toFixed(2)}
`);
await rm(folder, { recursive: true, force: true });

async function measure(kind: string): Promise<Measured> {
  const quiet: Result[] = [];
  const attacked: Result[] = [];
  let peakBytes = 0;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, memoryOf(service.pid));
  }, 50);
  for (let round = 0; round < rounds; round++) {
    quiet.push(await legitimate());
    await using attacker = kind === mixed ? mixedAttack() : flood(kind as FloodKind);
    void attacker;
    await pause(1_000);
    attacked.push(await legitimate());
  }
  clearInterval(watch);
  await pause(1_000);
  return { kind, quiet, attacked, peakBytes };
}

function mixedAttack(): Child {
  const attacker = Child.start("../attack/attacker.ts");
  attacker.send({
    port: Number(new URL(service.url).port),
    rootKey: service.rootKey,
    powerlessRootKey: prepared.powerless,
    perSecond: attackPerSecond,
    idleConnections,
    slowBodies,
  });
  return attacker;
}

function flood(kind: FloodKind): Child {
  const { verifier: rootKey, projectId, limitedKeys } = prepared;
  const attacker = Child.start("../attack/flood.ts");
  attacker.send({ kind, url: service.url, rootKey, projectId, limitedKeys } satisfies FloodJob);
  return attacker;
}

async function legitimate(): Promise<Result> {
  await using load = Child.start("../attack/legitimate.ts");
  load.send({ url: service.url, rootKey: service.rootKey, keysFile, perSecond, durationMs });
  return await load.next<Result>();
}

interface Prepared {
  /** A root key that may not verify. */
  readonly powerless: string;
  /** The attacker's own, which may. */
  readonly verifier: string;
  readonly projectId: string;
  readonly limitedKeys: readonly string[];
}

async function prepare(): Promise<Prepared> {
  const db = await openDatabase(database.url, { poolSize: 2, logger: createLogger("warn") });
  const masterKey = new MasterKey(Buffer.from(service.masterKey, "base64"));
  const { projects, rootKeys, tiers } = await createServices({ db, masterKey, environmentKey: undefined });
  const project = await projects.create(commandLineCaller, uncappedProject);
  await insertKeys(db, project.id, keys);
  await tiers.upsert(commandLineCaller, "limited", { perMinute: 1_000_000, perDay: undefined });
  const limitedKeys = newKeys(1_000);
  await insertKeys(db, project.id, limitedKeys, { tier: "limited" });
  const newRootKey = async (name: string, scopes: readonly string[]) =>
    (await rootKeys.create(commandLineCaller, { name, scopes, projects: undefined, expiresAt: undefined })).keyValue;
  const powerless = await newRootKey("powerless", ["projects:read"]);
  const verifier = await newRootKey("verifier", ["api_keys:verify", "api_keys:read"]);
  await db.destroy();
  return { powerless, verifier, projectId: project.publicId, limitedKeys };
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}
