import fc from "fast-check";
import type { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { casesOf } from "../../support/effort.js";
import { type Heard, type Spoken, speak } from "./answers.js";
import { comparable } from "./comparison.js";
import { type PresentedKeys, presentedKeys } from "./presented-keys.js";
import { conversations } from "./requests.js";
import { authorizations } from "./root-keys.js";
import { startTwins, type Twins } from "./twins.js";

/** Connections that are opened to each server; more in a longer search: WARM_PATH_RUNS=50000 vitest run test/search/unary. */
const runs = Number(process.env["WARM_PATH_RUNS"] ?? casesOf(1_500));
const coldKeys = casesOf(100);
/** Stands for a key that was never asked for, and is as long. */
const coldPlaceholder = `sk-${"c".repeat(49)}`;

describe.each([
  ["any page's origin is unknown", { corsOrigins: [] }, 1],
  ["origins are listed", { corsOrigins: ["https://app.example.com"] }, 0.3],
  ["the lease does not hold", { listens: false }, 0.2],
])("where %s", (_name, options, share) => {
  let twins: Twins;
  let keys: PresentedKeys;
  let said: fc.Arbitrary<Spoken>;
  let single: fc.Arbitrary<Spoken>;
  let cold: fc.Arbitrary<Spoken>;
  beforeAll(async () => {
    twins = await startTwins(options);
    keys = await presentedKeys(twins, coldKeys);
    const headers = await authorizations(twins, keys.projectId);
    said = conversations(keys, fc.constantFrom(...keys.keys, keys.limited), headers);
    single = conversations(keys, fc.constantFrom(...keys.keys, keys.limited), headers, 1);
    cold = conversations(keys, fc.constant(coldPlaceholder), headers);
  });
  afterAll(() => twins.stop());

  test("warm verification answers as the adapter does", { timeout: 60_000 + runs * 200 }, async () => {
    await fc.assert(
      fc.asyncProperty(said, async (spoken) => {
        await expectAlike(spoken, ["faces", "adapter", "faces", "adapter"]);
      }),
      { numRuns: Math.ceil(runs * share) },
    );
    expect(twins.logLines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });

  test("a key that is asked for the first time is answered alike", { timeout: 60_000 }, async () => {
    for (const [index, spoken] of fc.sample(cold, coldKeys).entries()) {
      const key = keys.cold[index] ?? "";
      const segments = spoken.segments.map((segment) =>
        Buffer.from(segment.toString("latin1").replaceAll(coldPlaceholder, key), "latin1"),
      );
      await expectAlike({ ...spoken, segments }, ["faces", "adapter", "faces", "adapter"]);
    }
  });

  test("both count the same calls", { timeout: 120_000 }, async () => {
    const before = { faces: await rpcCounts(twins.faces.metrics), adapter: await rpcCounts(twins.adapter.metrics) };
    for (const spoken of fc.sample(single, casesOf(150))) {
      await expectAlike(spoken, ["faces", "adapter"]);
    }
    await expect
      .poll(async () => added(before.faces, await rpcCounts(twins.faces.metrics)))
      .toEqual(added(before.adapter, await rpcCounts(twins.adapter.metrics)));
  });

  async function expectAlike(spoken: Spoken, order: readonly ("faces" | "adapter")[]): Promise<void> {
    const heard: Heard[] = [];
    for (const twin of order) {
      heard.push(await speak(twins[twin].port, spoken));
    }
    const [first, ...others] = heard.map(comparable);
    for (const other of others) {
      expect(other, Buffer.concat(spoken.segments).toString("latin1")).toEqual(first);
    }
  }
});

/** How many calls ended, by method and code, how many of these were timed, and how many are under way. */
async function rpcCounts(registry: Registry): Promise<ReadonlyMap<string, number>> {
  const metrics = await registry.getMetricsAsJSON();
  const counts = new Map<string, number>();
  for (const { name, values } of metrics) {
    for (const entry of values) {
      const series = "metricName" in entry ? String(entry.metricName) : name;
      if (/^altalune_rpcs|^altalune_rpc_duration_seconds_count/.test(series)) {
        counts.set(`${series} ${entry.labels.method} ${entry.labels.code}`, Number(entry.value));
      }
    }
  }
  return counts;
}

function added(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const entries = [...after].map(([series, count]) => [series, count - (before.get(series) ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, count]) => count !== 0).sort());
}
