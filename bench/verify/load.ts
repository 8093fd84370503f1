/**
 * Makes load in a process of its own: closed loops over bare sockets, each of which sends the next request when the answer
 * to its last is whole. Every answer is checked.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { LoadSocket } from "./load-socket.js";
import { type Encoding, requestBytes } from "./requests.js";

export interface LoadJob {
  readonly port: number;
  readonly path: string;
  readonly authorization: string;
  readonly encoding: Encoding;
  /** A file with a JSON array of keys. */
  readonly keysFile: string;
  /** How many of them are used, in a shuffled order. */
  readonly keys: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly calls: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type LoadMessage = { readonly warm: true } | { readonly result: LoadResult } | { readonly failure: string };

process.on("message", (job: LoadJob) => {
  run(job).catch((error: unknown) => tell({ failure: String(error) }));
});
process.on("disconnect", () => process.exit());

async function run(job: LoadJob): Promise<void> {
  const all = JSON.parse(readFileSync(job.keysFile, "utf8")) as readonly string[];
  const requests = shuffled(all.slice(0, job.keys)).map((key) => requestBytes(job, key));
  let next = 0;
  const latencies: number[] = [];
  let measuring = false;
  let stopped = false;
  const sockets = await Promise.all(
    Array.from({ length: job.connections }, () => LoadSocket.open(connect(job.port, "127.0.0.1"), job.encoding)),
  );
  const loops = sockets.map(async (socket) => {
    await socket.loop(
      () => (stopped ? undefined : requests[next++ % requests.length]),
      (ms) => {
        if (measuring) {
          latencies.push(ms);
        }
      },
    );
  });
  const failed = Promise.all(loops).then(() => undefined);
  await Promise.race([failed, pause(job.warmUpMs)]);
  measuring = true;
  tell({ warm: true });
  const since = performance.now();
  await Promise.race([failed, pause(job.durationMs)]);
  measuring = false;
  const seconds = (performance.now() - since) / 1000;
  stopped = true;
  await failed;
  const sorted = Float64Array.from(latencies).sort();
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  tell({ result: { calls: sorted.length, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99) } });
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    const [a, b] = [order[i], order[j]];
    if (a !== undefined && b !== undefined) {
      order[i] = b;
      order[j] = a;
    }
  }
  return order;
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}

function tell(message: LoadMessage): void {
  process.send?.(message);
}
