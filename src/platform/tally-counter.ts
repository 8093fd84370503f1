import { Counter, type CounterConfiguration } from "prom-client";

/** Adds one to a series. */
export type Tally = () => void;

interface Hot {
  readonly labels: Partial<Record<string, string>>;
  pending: number;
}

/**
 * A counter some of whose series are counted at every call: these are added up as plain numbers, and handed to the counter
 * when it is read. Its own `inc` finds the series by its labels each time, which a warm call would feel.
 */
export class TallyCounter<Label extends string> extends Counter<Label> {
  readonly #hot: Hot[];

  constructor(configuration: CounterConfiguration<Label>) {
    const hot: Hot[] = [];
    super({
      ...configuration,
      collect() {
        for (const series of hot) {
          if (series.pending > 0) {
            this.inc(series.labels as Partial<Record<Label, string>>, series.pending);
            series.pending = 0;
          }
        }
      },
    });
    this.#hot = hot;
  }

  /** Names a series; it is shown from its first count on. */
  tally(labels: Partial<Record<Label, string>>): Tally {
    const series: Hot = { labels, pending: 0 };
    this.#hot.push(series);
    return () => {
      series.pending += 1;
    };
  }
}
