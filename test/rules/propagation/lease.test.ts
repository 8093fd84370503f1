import { expect, test } from "vitest";
import { Lease } from "../../../src/domain/propagation/lease.js";
import type { Clocks } from "../../../src/platform/clock.js";

const hourMs = 3_600_000;

/** Clocks that a test sets; each begins somewhere else, as they do. */
function settableClocks() {
  const clocks = { monotonicMs: 5_000, wallMs: Date.UTC(2030, 0, 1) };
  const read: Clocks = { monotonic: () => clocks.monotonicMs, wall: () => clocks.wallMs };
  const pass = (ms: number) => {
    clocks.monotonicMs += ms;
    clocks.wallMs += ms;
  };
  return { clocks, read, pass };
}

test("a lease runs from when its renewal was sent, not from when it came back", () => {
  const { read, pass } = settableClocks();
  const lease = new Lease(30_000, read);
  expect(lease.holds()).toBe(false);
  const sentAt = lease.now();
  pass(20_000);
  lease.renew(sentAt);
  expect(lease.holds()).toBe(true);
  pass(9_999);
  expect(lease.holds()).toBe(true);
  pass(1);
  expect(lease.holds()).toBe(false);
});

test("a wall clock that is set back does not lengthen a lease", () => {
  const { clocks, read, pass } = settableClocks();
  const lease = new Lease(30_000, read);
  lease.renew(lease.now());
  clocks.wallMs -= hourMs;
  expect(lease.holds()).toBe(true);
  pass(30_000);
  expect(lease.holds()).toBe(false);
});

test("a wall clock that is set forward ends a lease, which the next renewal brings back", () => {
  const { clocks, read } = settableClocks();
  const lease = new Lease(30_000, read);
  lease.renew(lease.now());
  clocks.wallMs += hourMs;
  expect(lease.holds()).toBe(false);
  lease.renew(lease.now());
  expect(lease.holds()).toBe(true);
});

test("a lease ends while the machine sleeps, though the monotonic clock stands still", () => {
  const { clocks, read } = settableClocks();
  const lease = new Lease(30_000, read);
  lease.renew(lease.now());
  clocks.wallMs += 30_000;
  expect(lease.holds()).toBe(false);
});

test("a lease that was ended does not hold, and is known to have held", () => {
  const { read } = settableClocks();
  const lease = new Lease(30_000, read);
  expect(lease.everHeld).toBe(false);
  lease.renew(lease.now());
  lease.end();
  expect([lease.holds(), lease.everHeld, lease.ageMs()]).toEqual([false, true, undefined]);
});
