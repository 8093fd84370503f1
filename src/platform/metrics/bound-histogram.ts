import {
  Histogram,
  type HistogramConfiguration,
  type Metric,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from "prom-client";

type Labels<Label extends string> = Readonly<Record<Label, string>>;

export interface BoundHistogramConfiguration<Label extends string>
  extends Omit<HistogramConfiguration<Label>, "registers"> {
  /** Upper bounds, rising. */
  readonly buckets: number[];
  readonly registry: Registry;
}

/**
 * A histogram some of whose series are observed at every call: these are counted in plain numbers, and added to what the
 * library's histogram gives when it is read. Its own `observe` finds the series by its labels each time, which costs a warm
 * call a fortieth of all.
 */
export class BoundHistogram<Label extends string> {
  readonly name: string;
  readonly #histogram: Histogram<Label>;
  readonly #buckets: readonly number[];
  readonly #bound: BoundSeries<Label>[] = [];

  constructor({ registry, ...configuration }: BoundHistogramConfiguration<Label>) {
    this.name = configuration.name;
    this.#histogram = new Histogram({ ...configuration, registers: [] });
    this.#buckets = configuration.buckets;
    // To show a metric, a registry asks for its name and `get`.
    registry.registerMetric(this as unknown as Metric<Label>);
  }

  observe(labels: Labels<Label>, value: number): void {
    this.#histogram.observe(labels, value);
  }

  /**
   * Binds a series, which is shown from now on. It must not have been observed before.
   *
   * @returns observes a value in it
   * @throws when it was bound before
   */
  bind(labels: Labels<Label>): (value: number) => void {
    if (this.#bound.some((series) => series.owns(labels))) {
      throw new Error(`${this.name} has this series already`);
    }
    const series = new BoundSeries(labels, this.#buckets);
    this.#bound.push(series);
    this.#histogram.zero(labels);
    return (value) => series.observe(value);
  }

  async get(): Promise<MetricObjectWithValues<MetricValueWithName<Label>>> {
    const read = await this.#histogram.get();
    const values = read.values.map((entry) => {
      const series = this.#bound.find((one) => one.owns(entry.labels));
      return series === undefined ? entry : { ...entry, value: entry.value + series.valueOf(entry) };
    });
    return { ...read, values };
  }
}

class BoundSeries<Label extends string> {
  readonly #labels: Labels<Label>;
  readonly #buckets: readonly number[];
  /** By bucket, and of what is above all of them. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(labels: Labels<Label>, buckets: readonly number[]) {
    this.#labels = labels;
    this.#buckets = buckets;
    this.#counts = new Float64Array(buckets.length + 1);
  }

  observe(value: number): void {
    const buckets = this.#buckets;
    let i = 0;
    while (i < buckets.length && value > (buckets[i] as number)) {
      i += 1;
    }
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.#sum += value;
  }

  owns(labels: Readonly<Record<string, unknown>>): boolean {
    return Object.entries(this.#labels).every(([name, value]) => labels[name] === value);
  }

  /** What it adds to a line of the histogram: its sum, its count, or that of a bucket and all below. */
  valueOf({ metricName, labels }: MetricValueWithName<string>): number {
    if (metricName?.endsWith("_sum")) {
      return this.#sum;
    }
    const bound = Number(labels["le"]);
    const last = Number.isFinite(bound) ? this.#buckets.indexOf(bound) : this.#buckets.length;
    return this.#counts.subarray(0, last + 1).reduce((sum, count) => sum + count, 0);
  }
}
