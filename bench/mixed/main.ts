/**
 * A day in small: verifications, refusals, keys that nobody has asked for, changes and listings, at a fixed rate, of three
 * instances on one database. What takes how long, what the processes use, what grows, and whether any answer is wrong.
 */
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../../packages/embedded-postgres/src/free-port.js";
import { benchDatabase } from "../lib/database.js";
import { startInstances } from "../lib/instances.js";
import { PostgresProcesses } from "../lib/postgres-processes.js";
import { maxRecords, maxUnknown } from "../lib/product.js";
import { RpcClient } from "../lib/rpc-client.js";
import { cpuMsOf, cpuMsOfMachine, memoryOf } from "../verify/process-usage.js";
import { checkTrails, checkUsage } from "./books.js";
import { Caller } from "./caller.js";
import { InstanceWatch } from "./instance-watch.js";
import { anyKind, shareOf } from "./kinds.js";
import { offer } from "./offer.js";
import { prepare } from "./prepare.js";
import { type ProcessUse, report } from "./report.js";
import { TableWatch } from "./table-watch.js";
import { Tally } from "./tally.js";

const minutes = Number(process.env["BENCH_MINUTES"] ?? 10);
const perSecond = Number(process.env["BENCH_RATE"] ?? 400);
const durationMs = minutes * 60_000;
/** Not timed, and not fitted: caches fill and code gets faster. */
const warmUpMs = Math.min(30_000, durationMs / 5);
const lookMs = 5_000;
const heapLooks = 24;
/** As many keys as an instance remembers at most: what its heap holds is at its bound from the start, and has no reason to grow. */
const formerly = Number(process.env["BENCH_REMEMBERED"] ?? maxRecords);
/** Values that are no key: twice as many as are remembered, so that the table of them has had to grow for those that were forgotten. */
const unknown = 2 * Math.min(formerly, maxUnknown);
const instances = 3;
/** To each instance, opened ahead and kept, as a gateway's are; a call waits for one that is free. */
const connections = 64;
/** The product's default. */
const poolSize = 25;

await using database = await benchDatabase();
const inspectorPorts = await Promise.all(Array.from({ length: instances }, freePort));
await using running = await startInstances(database.url, instances, (place) => ({
  poolSize,
  nodeOptions: `--inspect=127.0.0.1:${inspectorPorts[place]}`,
}));
const { services } = running;
const client = new pg.Client({ connectionString: database.url });
await client.connect();
const postgres = await PostgresProcesses.of(database.url);

const tally = new Tally();
const { book, projectIds, rememberAgain } = await prepare(
  {
    databaseUrl: database.url,
    services,
    projects: 16,
    live: 2_000,
    // So that each is asked for about 18 times a minute.
    limited: Math.ceil((perSecond * shareOf("verify, limited") * 60) / 18 / 2),
    formerly,
    unknown,
    cold: Math.ceil(perSecond * (durationMs / 1000) * shareOf("verify, cold") * 1.1) + 500,
  },
  tally,
);
const rpcs = services.map((service) => new RpcClient(service, connections));
await Promise.all(rpcs.map((rpc) => rpc.open(connections)));
const caller = new Caller({ book, rpcs, tally, projectIds });
const watches = services.map((service, i) => new InstanceWatch(service, inspectorPorts[i] ?? 0));
const tables = new TableWatch(client);

const uses = (): readonly ProcessUse[] => {
  const ours = usesOfOurs();
  const cpuMs = cpuMsOfMachine() - ours.reduce((sum, use) => sum + use.cpuMs, 0);
  return [...ours, { name: "all else on the machine", cpuMs, memory: Number.NaN }];
};
const usesOfOurs = (): readonly ProcessUse[] => [
  ...services.map(({ pid }, i) => ({ name: `instance ${i + 1}`, cpuMs: cpuMsOf(pid), memory: memoryOf(pid) })),
  { name: "Postgres", cpuMs: postgres.cpuMs(), memory: postgres.memoryBytes() },
  { name: "the load", cpuMs: cpuMsOf(process.pid), memory: memoryOf(process.pid) },
];

const anyCall = async (dueAt: number) => {
  const { name, call } = anyKind();
  await call(caller, name)(dueAt).catch((error: unknown) => tally.fault(`${name}: an error`, String(error)));
};
const over = new AbortController();
const [offered, watched] = await Promise.all([
  offer(perSecond, durationMs, anyCall).finally(() => over.abort()),
  watch(),
]);
tally.isTiming = false;
await takeSnapshots("before");
// An instance that stood still for too long forgets what it knew, since it may have missed a change.
await rememberAgain();
const between = await offer(perSecond, durationMs / 2, anyCall);
await takeSnapshots("after");
for (const rpc of rpcs) {
  rpc.close();
}
await running[Symbol.asyncDispose]();
const counted = await checkUsage(client, tally);
const events = await checkTrails(database.url, services[0]?.masterKey ?? "", projectIds, tally);
await client.end();
const { server } = database;
process.stdout.write(
  report({ ...watched, offered, between, perSecond, warmUpMs, tally, watches, tables, server, counted, events }),
);
process.exitCode = tally.faults.length > 0 ? 1 : 0;

/** Until the calls are over. */
async function watch() {
  await pause(warmUpMs);
  const timedMs = durationMs - warmUpMs;
  tally.isTiming = true;
  const [since, before] = [performance.now(), uses()];
  let heapLooked = 0;
  while (!over.signal.aborted) {
    const passed = performance.now() - since;
    if (passed >= (heapLooked * timedMs) / (heapLooks - 0.5)) {
      heapLooked += 1;
      // One after the other: a collection stops its process for a moment.
      for (const instance of watches) {
        await instance.lookAtHeap();
      }
    }
    await Promise.all([...watches.map((instance) => instance.look()), tables.look()]);
    await pause(lookMs, undefined, { signal: over.signal }).catch(() => undefined);
  }
  return { before, after: uses(), seconds: (performance.now() - since) / 1000 };
}

/** While no call is under way, since a process stands still for it. */
async function takeSnapshots(when: string): Promise<void> {
  for (const [i, instance] of watches.entries()) {
    await instance.takeSnapshot(`instance-${i + 1}-${when}`);
  }
}
