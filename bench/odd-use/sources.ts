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
import { cpuMsOf } from "../verify/process-usage.js";
import { addKeys, portOf, rememberAt } from "../verify/subjects.js";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 40);
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? 1_000);
const warmUpMs = 200;
const keyCount = 64;
const connections = 32;
/** Networks and agents of several teams: more than a key's memory holds apart are counted as others. */
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

const subjects = {
  floor: { pid: floor.pid, port: await portOf(floor), path: "/", authorization: randomBytes(30).toString("base64url") },
  Altalune: {
    pid: service.pid,
    port: servicePort,
    path: "/altalune.v1.VerificationService/VerifyApiKey",
    authorization: service.rootKey,
  },
} as const;
const asked = { "says not": undefined, says: sources } as const;
type Name = `${keyof typeof subjects} ${keyof typeof asked}`;

const sums = new Map<Name, { calls: number; seconds: number; cpuMs: number }>();
for (let round = -2; round < rounds; round++) {
  for (const says of ["says not", "says"] as const) {
    for (const subject of ["floor", "Altalune"] as const) {
      const { pid, ...target } = subjects[subject];
      await using load = Child.start("../verify/load.ts");
      let before = 0;
      const job = { ...target, encoding: "json", keysFile, keys: keyCount, connections, sources: asked[says] };
      const { calls, seconds } = await load.load({ ...job, warmUpMs, durationMs }, () => {
        before = cpuMsOf(pid);
      });
      const cpuMs = cpuMsOf(pid) - before;
      const sum = sums.get(`${subject} ${says}`) ?? { calls: 0, seconds: 0, cpuMs: 0 };
      if (round >= 0) {
        sums.set(`${subject} ${says}`, {
          calls: sum.calls + calls,
          seconds: sum.seconds + seconds,
          cpuMs: sum.cpuMs + cpuMs,
        });
      }
    }
  }
}

const of = (name: Name) => {
  const { calls, seconds, cpuMs } = sums.get(name) ?? { calls: 0, seconds: 1, cpuMs: 0 };
  return { perSecond: calls / seconds, cpuUs: (cpuMs * 1_000) / calls };
};
const rows = (["says not", "says"] as const).map((says) => {
  const [least, ours] = [of(`floor ${says}`), of(`Altalune ${says}`)];
  return { says, ofFloor: ours.perSecond / least.perSecond, cpuOfFloor: ours.cpuUs / least.cpuUs, ours, least };
});
const [without, withSource] = rows;
const change = (withSource?.ofFloor ?? 0) - (without?.ofFloor ?? 0);
process.stdout.write(`${machineFacts(database.server)}
${connections} connections, ${keyCount} keys; ${rounds} rounds of ${durationMs} ms each, in turn, added up

${table(
  [
    "calls/s of floor",
    "CPU of floor",
    "where the call comes from",
    "calls/s",
    "CPU/call",
    "floor: calls/s",
    "CPU/call",
  ],
  rows.map(({ says, ofFloor, cpuOfFloor, ours, least }) => [
    ofFloor.toFixed(2),
    cpuOfFloor.toFixed(2),
    says === "says" ? "sourceIp, userAgent" : "is not said",
    ours.perSecond.toFixed(0),
    `${ours.cpuUs.toFixed(1)} µs`,
    least.perSecond.toFixed(0),
    `${least.cpuUs.toFixed(1)} µs`,
  ]),
)}

${met(Math.abs(change) <= 0.02)}  calls/s of the floor's change by ${change.toFixed(3)} where the source is said, at most 0.02
`);
