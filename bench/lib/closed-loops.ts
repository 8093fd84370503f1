/** Something that sends requests one after the other. */
export interface Loop {
  /**
   * Sends what `next` gives until it gives nothing.
   *
   * @param onAnswer told how many milliseconds an answer took
   * @throws when an answer is not the expected one
   */
  loop(next: () => Buffer | undefined, onAnswer: (ms: number) => void): Promise<void>;
}

export interface LoadTimes {
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly calls: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers in each 100 ms. */
  readonly tenths: readonly number[];
}

export type LoadMessage = { readonly warm: true } | { readonly result: LoadResult } | { readonly failure: string };

/** Gives these over and over. */
export function inTurn(requests: readonly Buffer[]): () => Buffer {
  let next = 0;
  return () => requests[next++ % requests.length] as Buffer;
}

/** Makes load by closed loops of what `nextRequest` gives, and tells the parent process when it is warm, and what came of it. */
export async function runLoad(
  loops: readonly Loop[],
  nextRequest: () => Buffer,
  { warmUpMs, durationMs }: LoadTimes,
): Promise<void> {
  const latencies: number[] = [];
  const tenths: number[] = [];
  let since = 0;
  let measuring = false;
  let stopped = false;
  const running = loops.map((loop) =>
    loop.loop(
      () => (stopped ? undefined : nextRequest()),
      (ms) => {
        if (measuring) {
          latencies.push(ms);
          const tenth = Math.floor((performance.now() - since) / 100);
          tenths[tenth] = (tenths[tenth] ?? 0) + 1;
        }
      },
    ),
  );
  const over = Promise.all(running).then(() => undefined);
  if (warmUpMs > 0) {
    await Promise.race([over, pause(warmUpMs)]);
  }
  since = performance.now();
  measuring = true;
  tell({ warm: true });
  await Promise.race([over, pause(durationMs)]);
  measuring = false;
  const seconds = (performance.now() - since) / 1000;
  stopped = true;
  await over;
  const sorted = Float64Array.from(latencies).sort();
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  tell({
    result: {
      calls: sorted.length,
      seconds,
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      tenths: Array.from(tenths, (calls = 0) => calls),
    },
  });
}

/** Takes one job of the parent process; ends with it. */
export function onJob<Job>(run: (job: Job) => Promise<void>): void {
  process.on("message", (job: Job) => {
    run(job).catch((error: unknown) => tell({ failure: String(error) }));
  });
  process.on("disconnect", () => process.exit());
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}

function tell(message: LoadMessage): void {
  process.send?.(message);
}
