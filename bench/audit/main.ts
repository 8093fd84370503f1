/**
 * What the check of a long trail costs: how long `altalune audit verify` takes, and what warm verifications of keys feel of
 * eight callers who check the trail over and over.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { lengthenTrail } from "../../test/support/long-trail.js";
import { benchDatabase } from "../lib/database.js";
import { commandLineCaller, createLogger, createServices, MasterKey, openDatabase } from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { machineFacts, table } from "../lib/report.js";
import { RpcClient } from "../lib/rpc-client.js";
import { startService } from "../lib/service-process.js";

const events = Number(process.env["BENCH_EVENTS"] ?? 1_000_000);
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? 10_000);
const walkers = 8;
const pauseMs = 5;

await using database = await benchDatabase();
await using service = await startService(database.url);
const db = await openDatabase(database.url, { poolSize: 2, logger: createLogger("warn") });
const masterKey = new MasterKey(Buffer.from(service.masterKey, "base64"));
const { projects, rootKeys } = await createServices({ db, masterKey, environmentKey: undefined });
const project = await projects.create(commandLineCaller, uncappedProject);
const projectId = project.publicId;
await lengthenTrail({ db, masterKey: service.masterKey, internalId: project.id }, events - 2);
const command = await runCommand();

// Only now: the service would close a connection that was idle for so long.
const rpc = new RpcClient(service);
const made = await rpc.call("ApiKeyService/CreateApiKey", { projectId, name: "bench", neverExpires: true });
const key: string = JSON.parse(made).keyValue;
await verificationsMs();
const alone = await verificationsMs();
const auditors = await Promise.all(Array.from({ length: walkers }, (_, i) => auditor(i)));
let walking = true;
const ends = new Map<string, number>();
const walks = auditors.map(async (client) => {
  while (walking) {
    const end = await client.call("AuditService/VerifyAuditTrail", { projectId }).then(
      () => "answered",
      (error: Error) => /HTTP\/1.1 (\d+)/.exec(error.message)?.[1] ?? error.message,
    );
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
});
await sleep(1_000);
const beside = await verificationsMs();
walking = false;

process.stdout.write(`${machineFacts(database.server)}
altalune audit verify on ${events} events: ${command}
warm VerifyApiKey, one at a time, in ms:

${table(
  ["beside", "calls", "p50", "p99", "most"],
  [
    ["nothing", ...figures(alone)],
    [`${walkers} callers of VerifyAuditTrail`, ...figures(beside)],
  ],
)}
`);
await Promise.all(walks);
process.stdout.write(`ends of VerifyAuditTrail: ${JSON.stringify(Object.fromEntries(ends))}\n`);
for (const client of [rpc, ...auditors]) {
  client.close();
}
await db.destroy();

async function auditor(i: number): Promise<RpcClient> {
  const request = { name: `auditor ${i}`, scopes: ["audit:read"], projects: undefined, expiresAt: undefined };
  const { keyValue } = await rootKeys.create(commandLineCaller, request);
  return new RpcClient({ url: service.url, rootKey: keyValue });
}

async function runCommand(): Promise<string> {
  const main = fileURLToPath(new URL("../../dist/bundle/cli/main.js", import.meta.url));
  const { PATH, HOME } = process.env;
  const since = performance.now();
  const child = spawn(process.execPath, [main, "audit", "verify", "--project", projectId], {
    env: { PATH, HOME, DATABASE_URL: database.url, ALTALUNE_MASTER_KEY: service.masterKey },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  return code === 0 ? `${((performance.now() - since) / 1000).toFixed(1)} s` : `exit code ${code}`;
}

async function verificationsMs(): Promise<number[]> {
  const taken: number[] = [];
  for (const end = performance.now() + durationMs; performance.now() < end; ) {
    const since = performance.now();
    await rpc.call("VerificationService/VerifyApiKey", { key });
    taken.push(performance.now() - since);
    await sleep(pauseMs);
  }
  return taken.sort((a, b) => a - b);
}

function figures(sorted: readonly number[]): string[] {
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
  return [String(sorted.length), at(0.5), at(0.99), at(1)];
}
