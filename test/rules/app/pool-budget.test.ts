import { expect, test } from "vitest";
import { poolBudget } from "../../../src/app/pool-budget.js";

test("the parts of a pool add up to it, whatever its size", () => {
  for (let poolSize = 6; poolSize <= 1_000; poolSize++) {
    const parts = Object.values(poolBudget(poolSize));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(poolSize);
    expect(Math.min(...parts)).toBeGreaterThan(0);
  }
});

test("the default pool of 25 is parted as its weights say", () => {
  expect(poolBudget(25)).toEqual({ lookUps: 7, limits: 3, changes: 8, projects: 1, reports: 3, jobs: 3 });
});

test("a pool that is too small to be parted leaves one connection to each", () => {
  for (const poolSize of [1, 2, 5]) {
    expect(Object.values(poolBudget(poolSize))).toEqual([1, 1, 1, 1, 1, 1]);
  }
});
