import { Counter, type CounterConfiguration } from "prom-client";

/** Adds one to a series. */
export type BoundIncrement = () => void;

interface BoundSeries {
  readonly labels: Partial<Record<string, string>>;
  pending: number;
}

/**
 * A counter some of whose series are counted at every call: these are added up as plain numbers, and handed to the counter
 * when it is read. Its own `inc` finds the series by its labels each time, which a warm call would feel.
 */
export class BoundCounter<Label extends string> extends Counter<Label> {
  readonly #bound: BoundSeries[];

  constructor(configuration: CounterConfiguration<Label>) {
    const bound: BoundSeries[] = [];
    super({
      ...configuration,
      collect() {
        for (const series of bound) {
          if (series.pending > 0) {
            this.inc(series.labels as Partial<Record<Label, string>>, series.pending);
            series.pending = 0;
          }
        }
      },
    });
    this.#bound = bound;
  }

  /** Binds a series; it is shown from its first count on. */
  bind(labels: Partial<Record<Label, string>>): BoundIncrement {
    const series: BoundSeries = { labels, pending: 0 };
    this.#bound.push(series);
    return () => {
      series.pending += 1;
    };
  }
}
