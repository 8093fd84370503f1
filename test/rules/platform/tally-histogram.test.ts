import { AggregatorRegistry, Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { TallyHistogram } from "../../../src/platform/tally-histogram.js";

const configuration = { name: "seconds", help: "How long.", labelNames: ["method"] as const, buckets: [0.01, 0.1, 1] };
const values = [0, 0.005, 0.01, 0.0100001, 0.5, 1, 1.5, 30];

/** The library's histogram and ours, after the same observations. */
function twins() {
  const [theirs, ours] = [new Registry(), new Registry()];
  const library = new Histogram({ ...configuration, registers: [theirs] });
  const tallied = new TallyHistogram({ ...configuration, registry: ours });
  const observe = tallied.tally({ method: "hot" });
  for (const value of values) {
    library.observe({ method: "hot" }, value);
    observe(value);
    library.observe({ method: "hot" }, value / 2);
    tallied.observe({ method: "hot" }, value / 2);
    library.observe({ method: "cold" }, value);
    tallied.observe({ method: "cold" }, value);
  }
  return { theirs, ours };
}

test("a tallied series is shown as the library shows one that it observed itself", async () => {
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

test("a series is named once", () => {
  const tallied = new TallyHistogram({ ...configuration, registry: new Registry() });
  tallied.tally({ method: "hot" });
  expect(() => tallied.tally({ method: "hot" })).toThrow("seconds has this series already");
});

function sorted(text: string): string[] {
  return text
    .replaceAll(/\{([^}]*)\}/g, (_, labels: string) => `{${labels.split(",").sort().join(",")}}`)
    .split("\n")
    .sort();
}
