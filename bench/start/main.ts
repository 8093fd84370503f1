/** How long a start takes on a migrated database, from the command to the line that says that it is ready, and what it waits for. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { benchDatabase } from "../lib/database.js";
import { MasterKey } from "../lib/product.js";
import { machineFacts, median, met, table } from "../lib/report.js";

const starts = Number(process.env["BENCH_ROUNDS"] ?? 9);
const targetMs = 1_500;
const command = fileURLToPath(new URL("../../dist/bundle/cli/main.js", import.meta.url));
const phases = ["code", "database", "server"] as const;

interface Start extends Readonly<Record<(typeof phases)[number], number>> {
  /** Of all, by whoever started it. */
  readonly whole: number;
}

await using database = await benchDatabase();
const masterKey = MasterKey.generate();
/** Makes the tables and the first root key. */
await start();
const measured: Start[] = [];
for (let i = 0; i < starts; i++) {
  measured.push(await start());
}
const whole = median(measured.map((times) => times.whole));
process.stdout.write(`${machineFacts(database.server)}
Medians of ${starts} starts on a migrated database

${table(
  ["until", "ms"],
  [
    ["our code runs", inMs("code")],
    ["the database is there, and looked at for migrations", inMs("database")],
    ["it serves", inMs("server")],
    ["all, by whoever started it", whole.toFixed(0)],
  ],
)}

${met(whole <= targetMs)}  at most ${targetMs} ms
`);

function inMs(phase: (typeof phases)[number]): string {
  return median(measured.map((times) => times[phase])).toFixed(0);
}

async function start(): Promise<Start> {
  const { PATH, HOME } = process.env;
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--enable-source-maps", command, "serve"], {
    env: { PATH, HOME, DATABASE_URL: database.url, ALTALUNE_MASTER_KEY: masterKey, PORT: "0" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stderr })) {
    const { msg, start_ms: times } = JSON.parse(line) as { readonly msg: string; readonly start_ms?: Start };
    if (msg === "ready" && times !== undefined) {
      const whole = performance.now() - startedAt;
      child.kill("SIGTERM");
      await ended;
      return { ...times, whole };
    }
  }
  throw new Error("the service did not start");
}
