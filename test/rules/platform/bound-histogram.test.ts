import { AggregatorRegistry, Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { BoundHistogram } from "../../../src/platform/metrics/bound-histogram.js";

const configuration = { name: "seconds", help: "How long.", labelNames: ["method"] as const, buckets: [0.01, 0.1, 1] };
const values = [0, 0.005, 0.01, 0.0100001, 0.5, 1, 1.5, 30];

/** The library's histogram and ours, after the same observations. */
function twins() {
  const [theirs, ours] = [new Registry(), new Registry()];
  const library = new Histogram({ ...configuration, registers: [theirs] });
  const bound = new BoundHistogram({ ...configuration, registry: ours });
  const observe = bound.bind({ method: "hot" });
  for (const value of values) {
    library.observe({ method: "hot" }, value);
    observe(value);
    library.observe({ method: "hot" }, value / 2);
    bound.observe({ method: "hot" }, value / 2);
    library.observe({ method: "cold" }, value);
    bound.observe({ method: "cold" }, value);
  }
  return { theirs, ours };
}

test("a bound series is shown as the library shows one that it observed itself", async () => {
  const { theirs, ours } = twins();
  expect(sorted(await ours.metrics())).toEqual(sorted(await theirs.metrics()));
});

test("and so it is when workers are added up", async () => {
  const { theirs, ours } = twins();
  const [expected, added] = await Promise.all(
    [theirs, ours].map(async (registry) => {
      const worker = await registry.getMetricsAsJSON();
      return AggregatorRegistry.aggregate([worker, worker]).metrics();
    }),
  );
  expect(sorted(added ?? "")).toEqual(sorted(expected ?? ""));
});

test("a series is bound once", () => {
  const bound = new BoundHistogram({ ...configuration, registry: new Registry() });
  bound.bind({ method: "hot" });
  expect(() => bound.bind({ method: "hot" })).toThrow("seconds has this series already");
});

function sorted(text: string): string[] {
  return text
    .replaceAll(/\{([^}]*)\}/g, (_, labels: string) => `{${labels.split(",").sort().join(",")}}`)
    .split("\n")
    .sort();
}
