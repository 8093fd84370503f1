import type { Author } from "../caller.js";

/** A value that was found where others can read it. The value itself is not kept. */
export interface FoundValue {
  /** SHA-256 of the value. */
  readonly digest: Buffer;
  /** What has found it; empty: not said. */
  readonly source: string;
  /** Where; empty: not said. */
  readonly url: string;
}

/** Somebody's report of one. */
export interface ExposureReport extends FoundValue {
  readonly author: Author;
}

/** A report that was written down, and is not done with. */
export interface WaitingReport extends ExposureReport {
  readonly id: bigint;
  /** How often it could not be dealt with. */
  readonly failures: number;
}
