/**
 * What it costs a verification to say where the call came from, which odd use is told by: of the floor, which is asked the same, with and
 * without. All take short turns, so that a machine that is faster at one time than at another does not tell them apart.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchDatabase } from "../lib/database.js";
import { machineFacts, met, table } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import { newKeys } from "../verify/keys.js";
import { type Measured, measure, type Subject } from "../verify/measure.js";
import { addKeys, portOf, rememberAt } from "../verify/subjects.js";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 40);
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? 1_000);
const warmUpMs = 200;
const warmUpRounds = 2;
const keyCount = 64;
const connections = 32;
/** More networks than are told apart of a key between two writes. */
const sources = Array.from({ length: 21 }, (_, i) => ({
  sourceIp: `198.51.${i}.7`,
  userAgent: `orders-client/${1 + (i % 3)}.0 (node 24; linux)`,
}));

const folder = await mkdtemp(join(tmpdir(), "altalune-bench-keys-"));
await using stack = new AsyncDisposableStack();
stack.defer(() => rm(folder, { recursive: true, force: true }));
const keys = newKeys(keyCount);
const keysFile = join(folder, "keys.json");
await writeFile(keysFile, JSON.stringify(keys));
const database = stack.use(await benchDatabase());
const service = stack.use(await startService(database.url));
await addKeys(database.url, service.masterKey, keys);
const floor = stack.use(Child.start("./floor.ts", [keysFile]));
const servicePort = Number(new URL(service.url).port);
await rememberAt(service, servicePort, keys);

const floorSubject: Subject = {
  name: "floor",
  pid: floor.pid,
  port: await portOf(floor),
  path: "/",
  authorization: randomBytes(30).toString("base64url"),
  encoding: "json",
};
const ours: Subject = {
  name: "Altalune",
  pid: service.pid,
  port: servicePort,
  path: "/altalune.v1.VerificationService/VerifyApiKey",
  authorization: service.rootKey,
  encoding: "json",
};
const askings = [
  { name: "is not said", sources: undefined, floor: [] as Measured[], ours: [] as Measured[] },
  { name: "sourceIp, userAgent", sources, floor: [] as Measured[], ours: [] as Measured[] },
];
for (let round = -warmUpRounds; round < rounds; round++) {
  for (const asking of askings) {
    const setting = { connections, keys: keyCount, sources: asking.sources };
    const times = { keysFile, warmUpMs, durationMs };
    const measured = [await measure(floorSubject, setting, times), await measure(ours, setting, times)] as const;
    if (round >= 0) {
      asking.floor.push(measured[0]);
      asking.ours.push(measured[1]);
    }
  }
}

const rows = askings.map((asking) => {
  const [least, most] = [meanOf(asking.floor), meanOf(asking.ours)];
  return {
    name: asking.name,
    least,
    most,
    ofFloor: most.perSecond / least.perSecond,
    cpuOfFloor: most.cpuUsPerCall / least.cpuUsPerCall,
  };
});
const [without = NaN, withSource = NaN] = rows.map(({ ofFloor }) => ofFloor);
const change = withSource - without;
process.stdout.write(`${machineFacts(database.server)}
${connections} connections, ${keyCount} keys, ${sources.length} sources; ${rounds} rounds of ${durationMs} ms each, in turn; means

${table(
  [
    "calls/s of floor",
    "CPU of floor",
    "where the call comes from",
    "calls/s",
    "CPU/call",
    "floor: calls/s",
    "floor: CPU/call",
  ],
  rows.map(({ name, least, most, ofFloor, cpuOfFloor }) => [
    ofFloor.toFixed(3),
    cpuOfFloor.toFixed(3),
    name,
    most.perSecond.toFixed(0),
    `${most.cpuUsPerCall.toFixed(1)} µs`,
    least.perSecond.toFixed(0),
    `${least.cpuUsPerCall.toFixed(1)} µs`,
  ]),
)}

${met(Math.abs(change) <= 0.02)}  calls/s of the floor's change by ${change.toFixed(3)} where the source is said, at most 0.02
`);

function meanOf(all: readonly Measured[]): Pick<Measured, "perSecond" | "cpuUsPerCall"> {
  const mean = (value: (one: Measured) => number) => all.reduce((sum, one) => sum + value(one), 0) / all.length;
  return { perSecond: mean(({ perSecond }) => perSecond), cpuUsPerCall: mean(({ cpuUsPerCall }) => cpuUsPerCall) };
}
