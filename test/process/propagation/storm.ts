import { setTimeout as sleep } from "node:timers/promises";
import { changeNames, narrow, newProject, newTarget, type Target } from "./changes.js";
import { nothingObserved, type Observed, startLoad, verify } from "./fleet-load.js";
import type { Rpc } from "./rpc.js";

export interface StormOptions {
  /** One for each instance. */
  readonly instances: readonly Rpc[];
  /** Changes of each kind. */
  readonly changes: Readonly<Record<string, number>>;
  /** How long to measure what the instances can take, in milliseconds. */
  readonly capacityMs: number;
  /** How many changes are made at once. */
  readonly changers?: number;
  /** Told of each change that is done. */
  readonly progress?: (done: number) => void;
  /** One commit with a NOTIFY, and nothing else. */
  readonly bareNotify: () => Promise<void>;
}

export interface StormReport {
  /** Verifications a second that the instances and this load can do, and that were done in the storm. */
  readonly capacity: number;
  readonly rate: number;
  readonly observed: Observed;
  readonly kinds: readonly {
    readonly kind: string;
    readonly done: number;
    readonly failed: number;
    readonly p99: number;
  }[];
  /** Changes that had a pending instance. */
  readonly pending: number;
  readonly bareP50: number;
  readonly bareP99: number;
  readonly revokeP50: number;
  readonly revokeP99: number;
}

const share = 0.3;
/** Keys that are verified at random, changed ones among them. */
const watched = 200;
const callersPerInstance = 8;

/**
 * Changes keys through any instance while all of them verify at about 30 % of what they can take, and looks for a call that
 * starts after the change is in force and is VALID.
 */
export async function storm(options: StormOptions): Promise<StormReport> {
  const { instances, changes, capacityMs, changers = 1, progress = () => undefined, bareNotify } = options;
  const observed = nothingObserved();
  const targets: Target[] = [];
  const [first] = instances as readonly [Rpc];
  const projectId = await newProject(first);
  for (let i = 0; i < 50; i++) {
    targets.push(await made(first, projectId));
  }
  const pick = () => targets[Math.floor(Math.random() * targets.length)];
  const anyInstance = () => instances[Math.floor(Math.random() * instances.length)] ?? first;
  const onEach = (target: Target) =>
    Promise.all(instances.map((rpc, i) => verify(rpc, `instance ${i}`, target, observed)));
  const capacity = await measure(instances, pick, capacityMs);

  const startedAt = performance.now();
  const loads = instances.map((rpc, i) =>
    startLoad(rpc, `instance ${i}`, pick, observed, callersPerInstance, (share * capacity) / instances.length),
  );
  const bare: number[] = [];
  const kinds = [];
  let pending = 0;
  let done = 0;
  let revokeTimes: readonly number[] = [];
  for (const [kind, count] of Object.entries(changes)) {
    const times: number[] = [];
    let failed = 0;
    let left = count;
    const change = async () => {
      for (; left > 0; done += 1) {
        left -= 1;
        const target = await made(anyInstance(), projectId);
        targets.push(target);
        if (targets.length > watched) {
          targets.shift();
        }
        await onEach(target);
        const returned = await narrow(anyInstance(), kind, target);
        await onEach(target);
        if (returned === undefined) {
          failed += 1;
        } else {
          times.push(returned.tookMs);
          pending += returned.pendingInstances > 0 ? 1 : 0;
        }
        if (kind === "revoke") {
          bare.push(await timeOf(bareNotify));
        }
        progress(done);
      }
    };
    await Promise.all(Array.from({ length: changers }, change));
    kinds.push({ kind, done: times.length, failed, p99: percentile(times, 0.99) });
    if (kind === "revoke") {
      revokeTimes = times;
    }
  }
  // For what was shortened to end under the load too.
  await sleep(500);
  const rate = observed.verifications / ((performance.now() - startedAt) / 1000);
  await Promise.all(loads.map((load) => load.stop()));
  return {
    capacity,
    rate,
    observed,
    kinds,
    pending,
    bareP50: percentile(bare, 0.5),
    bareP99: percentile(bare, 0.99),
    revokeP50: percentile(revokeTimes, 0.5),
    revokeP99: percentile(revokeTimes, 0.99),
  };
}

/** The same number of each kind of change. */
export function ofEachKind(count: number): Readonly<Record<string, number>> {
  return Object.fromEntries(changeNames.map((name) => [name, count]));
}

export function summaryOf(report: StormReport): string {
  const { capacity, rate, observed, kinds, pending, bareP50, bareP99, revokeP50, revokeP99 } = report;
  return [
    `verifications: ${observed.verifications}, ${rate.toFixed(0)}/s of ${capacity.toFixed(0)}/s`,
    `errors: ${JSON.stringify(Object.fromEntries(observed.errors))}`,
    ...kinds.map(({ kind, done, failed, p99 }) => `${kind}: ${done} done, ${failed} failed, p99 ${p99.toFixed(1)} ms`),
    `changes with a pending instance: ${pending}`,
    `VALID after it was to be refused: ${observed.violations.length}`,
    `revocation p50 ${revokeP50.toFixed(1)} ms, p99 ${revokeP99.toFixed(1)} ms; bare commit with NOTIFY p50 ${bareP50.toFixed(1)} ms, p99 ${bareP99.toFixed(1)} ms`,
    `ratio at p99: ${(revokeP99 / bareP99).toFixed(1)} (at p50: ${(revokeP50 / bareP50).toFixed(1)})`,
  ].join("\n");
}

async function made(rpc: Rpc, projectId: string): Promise<Target> {
  const target = await newTarget(rpc, projectId);
  if (target === undefined) {
    throw new Error("a key could not be made");
  }
  return target;
}

async function measure(instances: readonly Rpc[], pick: () => Target | undefined, capacityMs: number): Promise<number> {
  const observed = nothingObserved();
  const startedAt = performance.now();
  const loads = instances.map((rpc, i) => startLoad(rpc, `instance ${i}`, pick, observed, callersPerInstance));
  await sleep(capacityMs);
  await Promise.all(loads.map((load) => load.stop()));
  return observed.verifications / ((performance.now() - startedAt) / 1000);
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
