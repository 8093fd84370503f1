import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** What was not as it must be. */
export interface Fault {
  readonly what: string;
  readonly first: string;
  count: number;
}

/** Counts calls by their kind, and what was wrong with their answers. */
export class Tally {
  readonly #latencies = new Map<string, RecordableHistogram>();
  readonly #faults = new Map<string, Fault>();
  readonly #verdicts = new Map<string, number>();
  /** Answers are judged from the start, and timed from when this is set. */
  isTiming = false;
  /** Calls whose key was revoked or rotated while they were under way. */
  eitherWay = 0;

  answered(kind: string, ms: number): void {
    if (!this.isTiming) {
      return;
    }
    const histogram = this.#latencies.get(kind) ?? createHistogram();
    this.#latencies.set(kind, histogram);
    histogram.record(Math.max(1, Math.round(ms * 1000)));
  }

  fault(what: string, detail: string): void {
    const fault = this.#faults.get(what) ?? { what, first: detail, count: 0 };
    this.#faults.set(what, fault);
    fault.count += 1;
    if (process.env["BENCH_LOG"] && fault.count <= 3) {
      console.error(what, detail);
    }
  }

  verdict(code: string): void {
    this.#verdicts.set(code, (this.#verdicts.get(code) ?? 0) + 1);
  }

  get faults(): readonly Fault[] {
    return [...this.#faults.values()];
  }

  get verdicts(): ReadonlyMap<string, number> {
    return this.#verdicts;
  }

  /** Of a kind, in milliseconds. */
  timesOf(kind: string): { readonly calls: number; readonly p50Ms: number; readonly p99Ms: number } {
    const histogram = this.#latencies.get(kind);
    const at = (percent: number) => (histogram?.percentile(percent) ?? Number.NaN) / 1000;
    return { calls: histogram?.count ?? 0, p50Ms: at(50), p99Ms: at(99) };
  }
}
