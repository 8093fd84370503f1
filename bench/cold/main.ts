/**
 * What the look-up of a key costs that no instance remembers: in a small database, and in a large one. The two take turns,
 * look-up by look-up.
 */
import { sql } from "kysely";
import { benchDatabase, onServer } from "../lib/database.js";
import { createDatabase, createLogger, createPool, digestOf, openDatabase, verificationRepo } from "../lib/product.js";
import { machineFacts, met, table } from "../lib/report.js";
import { fill, keyValue } from "./fill.js";

const quick = process.env["BENCH_QUICK"] === "1";
const sizes = [10_000, Number(process.env["BENCH_KEYS"] ?? (quick ? 200_000 : 10_000_000))] as const;
const lookUps = Number(process.env["BENCH_LOOKUPS"] ?? 5_000);
const logger = createLogger("warn");

await using small = await benchDatabase();
await using large = await onServer(small.url);
const places = [await open(small.url, sizes[0]), await open(large.url, sizes[1])] as const;
const taken = places.map((): number[] => []);
for (let i = -200; i < lookUps; i++) {
  for (const [place, { db, size }] of places.entries()) {
    // Each key once: in the large database neither its row nor the leaves of its indexes need be in memory.
    const digest = digestOf(keyValue((Math.abs(i) * 7_919 + 13) % size));
    const since = performance.now();
    const record = await verificationRepo.findByDigest(db, digest);
    const ms = performance.now() - since;
    if (record === undefined) {
      throw new Error("a key is not found");
    }
    if (i >= 0) {
      taken[place]?.push(ms);
    }
  }
}

const rows = places.map(({ size, bytes }, place) => {
  const sorted = Float64Array.from(taken[place] ?? []).sort();
  const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { size, bytes, p50: percentile(0.5), p99: percentile(0.99) };
});
const ratio = (rows[1]?.p50 ?? Number.NaN) / (rows[0]?.p50 ?? Number.NaN);
process.stdout.write(`${machineFacts(small.server)}
${lookUps} look-ups in each, in turn, of a different key each time

${table(
  ["p50 ratio", "keys", "tables and indexes", "p50", "p99"],
  rows.map(({ size, bytes, p50, p99 }) => [
    (p50 / (rows[0]?.p50 ?? Number.NaN)).toFixed(2),
    size.toLocaleString("en"),
    bytes,
    `${p50.toFixed(3)} ms`,
    `${p99.toFixed(3)} ms`,
  ]),
)}

A look-up is two statements: the digest's row, then the key's.

${await plans(places[1])}

${met(ratio <= 1.3)}  p50 ratio ${ratio.toFixed(2)}, target ≤ 1.3
`);
for (const { db } of places) {
  await db.destroy();
}

interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

async function open(url: string, size: number) {
  const migrated = await openDatabase(url, { poolSize: 1, logger });
  await migrated.destroy();
  const pool = createPool(url, { max: 1, logger, unbounded: true });
  const last: Statement[] = [];
  const db = createDatabase(pool, {
    log: ({ query: { sql, parameters } }) => {
      last.push({ sql, parameters });
      last.splice(0, last.length - 2);
    },
  });
  await fill(db, size);
  const { rows } = await sql<{ bytes: string }>`
    select pg_size_pretty(pg_database_size(current_database())) as bytes
  `.execute(db);
  return { db, pool, last, size, bytes: rows[0]?.bytes ?? "" };
}

/** Which partitions and indexes the last look-up's statements go to. */
async function plans({ pool, last }: Awaited<ReturnType<typeof open>>): Promise<string> {
  const lines: string[] = [];
  for (const { sql, parameters } of [...last]) {
    const { rows } = await pool.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`, [...parameters]);
    lines.push(...rows.map((row) => `    ${row["QUERY PLAN"]}`), "");
  }
  return lines.join("\n").trimEnd();
}
