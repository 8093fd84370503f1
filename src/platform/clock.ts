/** The two clocks by which time that passes is measured, in milliseconds. */
export interface Clocks {
  /** Never goes back. */
  monotonic(): number;
  /** Goes on while the machine sleeps. */
  wall(): number;
}

export const systemClocks: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/** A moment by both clocks. */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

export function readClocks(clocks: Clocks): Instant {
  return { monotonic: clocks.monotonic(), wall: clocks.wall() };
}
