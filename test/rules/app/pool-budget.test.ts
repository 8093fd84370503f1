import { expect, test } from "vitest";
import {
  connectionsOfProcess,
  defaultConnections,
  jobConnections,
  leastPerWorker,
  poolBudget,
} from "../../../src/app/pool-budget.js";

test("the parts of a pool add up to it, whatever its size", () => {
  for (let poolSize = 6; poolSize <= 1_000; poolSize++) {
    const parts = Object.values(poolBudget(poolSize));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(poolSize);
    expect(Math.min(...parts)).toBeGreaterThan(0);
  }
});

test("of the default 25 connections, those that work are parted as the weights say", () => {
  expect(poolBudget(connectionsOfProcess(defaultConnections, 1).work)).toEqual({
    lookUps: 7,
    limits: 3,
    changes: 5,
    projects: 1,
    reports: 3,
    jobs: 2,
  });
});

test("a pool that is too small to be parted leaves one connection to each", () => {
  for (const poolSize of [1, 2, 5]) {
    expect(Object.values(poolBudget(poolSize))).toEqual([1, 1, 1, 1, 1, 1]);
  }
});

test("with its own, what a process works with is never more than its part of all connections", () => {
  for (let workers = 1; workers <= 64; workers++) {
    for (let connections = leastPerWorker * workers; connections <= 1_000; connections += 7) {
      const { work, checks, jobs } = connectionsOfProcess(connections, workers);
      expect(work).toBeGreaterThan(0);
      const own = 1 + (checks ? 1 : 0) + (jobs ? jobConnections : 0);
      expect((work + own) * workers).toBeLessThanOrEqual(connections);
    }
  }
});
