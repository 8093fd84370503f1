/**
 * What a remembered key costs in memory, and that values which are no key cost none that stays.
 *
 * The services run in this process without HTTP, so that the heap holds little else.
 */
import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { benchDatabase } from "../lib/database.js";
import {
  binaryCodec,
  commandLineCaller,
  createLogger,
  createServices,
  jsonCodec,
  MasterKey,
  newSecret,
  openDatabase,
} from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { machineFacts, met, table } from "../lib/report.js";
import { insertKeys, newKeys } from "./keys.js";

const quick = process.env["BENCH_QUICK"] === "1";
const keyCount = Number(process.env["BENCH_KEYS"] ?? 100_000);
const unknownCount = Number(process.env["BENCH_UNKNOWN"] ?? (quick ? 1_000_000 : 10_000_000));
/** Of the unknown ones: so many have the shape of a key and a right checksum, and go to the database. */
const wellShapedShare = 0.01;
const together = 500;
/** Keys with metadata, of which each record holds its own. */
const metadata = { team: "billing", plan: "pro" };
const withMetadataCount = Math.floor(keyCount / 5);
/** As many rows as usage keeps room for once it has written them, 5 MB, however many keys are remembered: none of it is theirs. */
const rowsOfUsage = 160_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

await using database = await benchDatabase();
const logger = createLogger("warn");
const db = await openDatabase(database.url, { poolSize: 25, logger });
const services = await createServices({
  db,
  masterKey: new MasterKey(randomBytes(32)),
  environmentKey: undefined,
  listen: { url: database.url, leaseMs: 600_000, logger },
});
const { projects, verification, usage, lease, link } = services;
link?.start();
while (!lease.holds()) {
  await pause(10);
}
const project = await projects.create(commandLineCaller, uncappedProject);
let keys: readonly string[] = newKeys(keyCount);
await insertKeys(db, project.id, keys);
await verification.verify(commandLineCaller, requestOf(keys[0] ?? ""));

for (let row = 1; row <= rowsOfUsage; row++) {
  usage.record({ projectId: project.id, apiKeyId: BigInt(-row), slots: [] }, "valid");
}
const empty = await heapBytes();
await remember(keys);
const remembered = (await heapBytes()) - empty;
for (const key of keys) {
  encodeValid(key, jsonCodec);
}
const answeredInJson = (await heapBytes()) - empty;
for (const key of keys) {
  encodeValid(key, binaryCodec);
}
const answeredInBoth = (await heapBytes()) - empty;
keys = newKeys(withMetadataCount);
await insertKeys(db, project.id, keys, { metadata });
const before = await heapBytes();
await remember(keys);
for (const key of keys) {
  encodeValid(key, jsonCodec);
}
const withMetadata = (await heapBytes()) - before;
keys = [];

const heaps: [number, number][] = [];
const step = unknownCount / 10;
for (let asked = 0; asked < unknownCount; asked += step) {
  await askForUnknown(step);
  heaps.push([asked + step, await heapBytes()]);
}
const [, first] = heaps[0] ?? [0, Number.NaN];
const most = Math.max(...heaps.map(([, heap]) => heap));
const perKey = (bytes: number, count = keyCount) => `${Math.round(bytes / count)} bytes`;

process.stdout.write(`${machineFacts(database.server)}

| heap a key, of ${keyCount.toLocaleString("en")} remembered | |
|---|---|
| its record | ${perKey(remembered)} |
| and its answer in JSON | ${perKey(answeredInJson)} |
| and its answer in binary too | ${perKey(answeredInBoth)} |
| with two members of metadata, and its answer in JSON | ${perKey(withMetadata, withMetadataCount)} |

${table(
  ["different values that are no key", "heap"],
  heaps.map(([asked, heap]) => [asked.toLocaleString("en"), `${(heap / 2 ** 20).toFixed(1)} MiB`]),
)}

${met(answeredInJson / keyCount <= 600)}  at most 600 bytes of heap a key with its answer in JSON
${met(most <= first * 1.05)}  flat: at most ${((most / first - 1) * 100).toFixed(1)} % more than after the first tenth
`);
await link?.stop();
await db.destroy();

async function remember(values: readonly string[]): Promise<void> {
  for (let start = 0; start < values.length; start += together) {
    await verification.verifyMany(commandLineCaller, values.slice(start, start + together).map(requestOf));
  }
}

/** The response is what is kept beside a record. */
function encodeValid(key: string, codec: typeof jsonCodec): void {
  const sent = verification.tryVerify(commandLineCaller, requestOf(key), (verdict) => {
    codec.encode(verdict);
    return verdict.code === "valid";
  });
  if (!sent) {
    throw new Error("a key is not remembered");
  }
}

function requestOf(key: string) {
  return {
    key,
    projectPublicId: undefined,
    requiredScopes: ["orders:read"],
    cost: 1,
    fullyConsistent: false,
    source: undefined,
  };
}

/** Most have a wrong checksum and go no further; some look right and are asked of the database. */
async function askForUnknown(count: number): Promise<void> {
  const wellShaped = Array.from({ length: count * wellShapedShare }, () => newSecret("sk-"));
  for (let start = 0; start < wellShaped.length; start += together) {
    await verification.verifyMany(commandLineCaller, wellShaped.slice(start, start + together).map(requestOf));
  }
  const like = newSecret("sk-").slice(0, -12);
  for (let i = wellShaped.length; i < count; i++) {
    const key = `${like}${Math.random().toString(36).slice(2, 14).padEnd(12, "0")}`;
    if (!verification.tryVerify(commandLineCaller, requestOf(key), () => true)) {
      await verification.verify(commandLineCaller, requestOf(key));
    }
    if (i % 100_000 === 0) {
      await pause(0);
    }
  }
}

/** What is used after all that can go is gone; usage that waits to be written is written first. */
async function heapBytes(): Promise<number> {
  await usage.flush();
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await pause(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}
