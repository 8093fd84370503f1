import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { killRounds } from "./rounds.js";

/** `npm run test:chaos` does many more. */
const rounds = 3;

test("a service killed under load comes back with all that it acknowledged and no half of anything, and has refused what it had to", {
  timeout: 300_000,
}, async () => {
  const seed = Date.now() % 2 ** 32;
  const dataDir = join(inject("scratchDir"), `chaos-${seed}`);
  const summary = await killRounds({ rounds, dataDir, seed });
  expect(summary.violations, `seed ${seed}`).toEqual([]);
  expect(summary.verdicts).toBeGreaterThan(0);
});
