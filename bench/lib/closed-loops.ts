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
}

export type LoadMessage = { readonly warm: true } | { readonly result: LoadResult } | { readonly failure: string };

/** Makes load by closed loops over these requests, and tells the parent process when it is warm, and what came of it. */
export async function runLoad(
  loops: readonly Loop[],
  requests: readonly Buffer[],
  { warmUpMs, durationMs }: LoadTimes,
): Promise<void> {
  const latencies: number[] = [];
  let next = 0;
  let measuring = false;
  let stopped = false;
  const running = loops.map((loop) =>
    loop.loop(
      () => (stopped ? undefined : requests[next++ % requests.length]),
      (ms) => {
        if (measuring) {
          latencies.push(ms);
        }
      },
    ),
  );
  const over = Promise.all(running).then(() => undefined);
  await Promise.race([over, pause(warmUpMs)]);
  measuring = true;
  tell({ warm: true });
  const since = performance.now();
  await Promise.race([over, pause(durationMs)]);
  measuring = false;
  const seconds = (performance.now() - since) / 1000;
  stopped = true;
  await over;
  const sorted = Float64Array.from(latencies).sort();
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  tell({ result: { calls: sorted.length, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99) } });
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
