/** Who may hold how many of the pool's connections at once. */
export interface PoolBudget {
  /** Look-ups of verification: of presented keys, root keys included, and of signed requests. */
  readonly lookUps: number;
  /** Statements that take shares of limits, or return them. */
  readonly limits: number;
  /** Changes, and readings of single rows. */
  readonly changes: number;
  /** Look-ups of the projects that calls name, which share statements. */
  readonly projects: number;
  /** Listings and reports, which may each take seconds. */
  readonly reports: number;
  /** Jobs that go on beside the calls: writing usage, adding it up, and housekeeping, a step at a time. */
  readonly jobs: number;
}

/** ALTALUNE_DATABASE_POOL, unless it is set. */
export const defaultConnections = 25;

/** What a process needs at least: one to listen on, and one for its work. */
export const leastPerWorker = 2;

/** Those of a process for jobs from the queue: one listens, one works. */
export const jobConnections = 2;

/** What a process needs at least to run jobs, beside those: one to listen on, one for checks, and four for its work. */
export const leastWithJobs = 8;

/** The connections of one process, beside the one on which it listens. */
export interface ProcessConnections {
  /** What its work shares. */
  readonly work: number;
  /** Whether it asks the database how it is on one of its own: where work has none to spare, on those of its work. */
  readonly checks: boolean;
  /** Whether it runs jobs from the queue, on connections of their own: where work has none to spare, it leaves them to others. */
  readonly jobs: boolean;
}

/** @param connections of all processes together */
export function connectionsOfProcess(connections: number, workers: number): ProcessConnections {
  const own = Math.max(leastPerWorker, Math.floor(connections / workers));
  const beside = own - 1;
  if (own >= leastWithJobs) {
    return { work: beside - 1 - jobConnections, checks: true, jobs: true };
  }
  return beside > 1 ? { work: beside - 1, checks: true, jobs: false } : { work: beside, checks: false, jobs: false };
}

/** What each is given where one process has the default number of connections. */
const weights: PoolBudget = { lookUps: 7, limits: 3, changes: 5, projects: 1, reports: 3, jobs: 2 };

/**
 * Parts a pool so that the parts add up to it: whatever is asked of one part, the others find their connections. A pool of
 * fewer connections than there are parts gives one to each, and they wait for each other at the pool.
 *
 * @param poolSize connections, at least 1
 */
export function poolBudget(poolSize: number): PoolBudget {
  const budget: Record<keyof PoolBudget, number> = {
    lookUps: 1,
    limits: 1,
    changes: 1,
    projects: 1,
    reports: 1,
    jobs: 1,
  };
  const parts = Object.keys(budget) as (keyof PoolBudget)[];
  // Each connection goes to the part that has the least for its weight (D'Hondt's method).
  for (let given = parts.length; given < poolSize; given++) {
    const next = parts.reduce((most, part) =>
      weights[part] / (budget[part] + 1) > weights[most] / (budget[most] + 1) ? part : most,
    );
    budget[next] += 1;
  }
  return budget;
}
