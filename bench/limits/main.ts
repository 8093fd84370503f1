/**
 * What a limit costs: keys with a limit far above the load against keys without one, in turns within one run, and how many
 * statements a limited key takes as its limit grows.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchDatabase } from "../lib/database.js";
import { machineFacts, median, table } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { type Measured, measure, type Subject } from "../verify/measure.js";
import { makeKeys } from "./limited-keys.js";
import { countStatements, type StatementCount } from "./statements.js";

const quick = process.env["BENCH_QUICK"] === "1";
const rounds = Number(process.env["BENCH_ROUNDS"] ?? (quick ? 2 : 7));
const durationMs = Number(process.env["BENCH_ROUND_MS"] ?? (quick ? 500 : 3_000));
const connections = Number(process.env["BENCH_CONNECTIONS"] ?? 32);
const warmUpMs = Math.min(1_000, durationMs);
const keyCount = 64;
const farAbove = 1_000_000_000;
const risingLimits = [100, 1_000, 10_000, 40_000];
const target = 0.9;

await using database = await benchDatabase();
await using service = await startService(database.url);
const [unlimited = [], limited = [], ...rising] = await makeKeys(database.url, service.masterKey, [
  { perMinute: undefined, keys: keyCount },
  { perMinute: farAbove, keys: keyCount },
  ...risingLimits.map((perMinute) => ({ perMinute, keys: 1 })),
]);
const folder = await mkdtemp(join(tmpdir(), "altalune-bench-limits-"));
const files = { unlimited: join(folder, "unlimited.json"), limited: join(folder, "limited.json") } as const;
await writeFile(files.unlimited, JSON.stringify(unlimited));
await writeFile(files.limited, JSON.stringify(limited));

const kinds = ["unlimited", "limited"] as const;
const encodings = ["json", "binary"] as const;
const results = Object.fromEntries(
  encodings.map((encoding) => [encoding, { unlimited: [] as Measured[], limited: [] as Measured[] }]),
);
for (let round = 0; round < rounds; round++) {
  for (const encoding of encodings) {
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
      const subject: Subject = {
        name: kind,
        port: Number(new URL(service.url).port),
        path: "/altalune.v1.VerificationService/VerifyApiKey",
        authorization: service.rootKey,
        encoding,
        pid: service.pid,
      };
      const times = { keysFile: files[kind], warmUpMs, durationMs };
      results[encoding]?.[kind].push(await measure(subject, { keys: keyCount, connections }, times));
    }
  }
}
await rm(folder, { recursive: true, force: true });

const counts: StatementCount[] = [];
for (const [i, perMinute] of risingLimits.entries()) {
  counts.push(await countStatements(service, rising[i]?.[0] ?? "", perMinute));
}

const ratiosOf = (encoding: string) =>
  (results[encoding]?.limited ?? []).map(
    ({ perSecond }, round) => perSecond / (results[encoding]?.unlimited[round]?.perSecond ?? Number.NaN),
  );
const rows = encodings.flatMap((encoding) =>
  kinds.map((kind) => {
    const measured = results[encoding]?.[kind] ?? [];
    return [
      kind === "unlimited" ? "1.00" : median(ratiosOf(encoding)).toFixed(2),
      kind,
      encoding,
      Math.round(median(measured.map(({ perSecond }) => perSecond))).toString(),
      `${median(measured.map(({ p50Ms }) => p50Ms)).toFixed(2)} ms`,
      `${median(measured.map(({ p99Ms }) => p99Ms)).toFixed(2)} ms`,
      `${median(measured.map(({ cpuUsPerCall }) => cpuUsPerCall)).toFixed(0)} µs`,
    ];
  }),
);
const falls = counts.every(
  ({ statementsPerThousand }, i) =>
    statementsPerThousand <= (counts[i - 1]?.statementsPerThousand ?? Number.POSITIVE_INFINITY),
);
process.stdout.write(`${machineFacts(database.server)}
${keyCount} keys of each kind, ${connections} connections; ${rounds} rounds of ${durationMs} ms, in turns

${table(["of unlimited", "keys", "encoding", "calls/s", "p50", "p99", "processor time a call"], rows)}

${table(
  ["limit a minute", "calls", "admitted", "statements per 1,000 calls"],
  counts.map(({ perMinute, calls, admitted, statementsPerThousand }) => [
    String(perMinute),
    String(calls),
    String(admitted),
    statementsPerThousand.toFixed(1),
  ]),
)}

${encodings
  .map((encoding) => {
    const ratio = median(ratiosOf(encoding));
    return `${ratio >= target ? "met    " : "NOT met"}  at least ${target} of unlimited keys, ${encoding}: ${ratio.toFixed(2)}`;
  })
  .join("\n")}
${falls ? "met    " : "NOT met"}  statements per 1,000 calls fall as the limit grows
`);
