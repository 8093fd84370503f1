import { type Attachable, Attachment } from "../../platform/attachment.js";
import { hourMs, maxBatchRows, type UsageBatch, type UsageCode, usageCodeNumbers } from "./model.js";

/** Whose verification it was. */
export interface UsedKey extends Attachable {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

/** A row takes about 60 bytes here: when the database is away for long, this many are kept beside the batch that is sent. */
const maxRows = 500_000;

/** Where the last row of a key is. It names its tally and does not hold it: the key may be remembered for long. */
interface Place {
  tally: number;
  row: number;
}

const places = new Attachment<Place>();
const none = -1;
let tallies = 0;

/**
 * Adds verifications up in memory, by key, hour and code. What is taken as a batch stays here until it is known to be
 * written, and is given again as the same batch.
 */
export class UsageRecorder {
  /** What is recorded now. */
  #open: Tally | undefined;
  /** Nothing is added to these any more: batches are taken from them, the oldest first. */
  readonly #closed: Tally[] = [];
  #pending: UsageBatch | undefined;
  /** When the first of what is pending was recorded. */
  #pendingSince: number | undefined;
  #sequence = 0n;
  #dropped = 0;

  /** Verifications that were not kept, because the database was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** For how long the oldest that is not written has waited, in milliseconds. */
  unwrittenMs(now: number): number {
    return now - (this.#pendingSince ?? this.#closed[0]?.since ?? this.#open?.since ?? now);
  }

  /** How many batches it takes to write all that is recorded by now. */
  get batches(): number {
    const tallies = this.#open === undefined ? this.#closed : [...this.#closed, this.#open];
    return tallies.reduce((sum, { batches }) => sum + batches, this.#pending === undefined ? 0 : 1);
  }

  /** @param now milliseconds since the epoch */
  record(key: UsedKey, code: UsageCode, now: number): void {
    const hour = Math.floor(now / hourMs);
    const number = usageCodeNumbers[code];
    const usedMs = code === "valid" ? now : 0;
    if (this.#open?.hour === hour && this.#open.increment(key, number, usedMs)) {
      return;
    }
    if (this.#rows >= maxRows) {
      this.#dropped += 1;
      return;
    }
    if (this.#open?.hour !== hour) {
      this.#close();
    }
    this.#open ??= new Tally(hour, now);
    this.#open.append(key, number, usedMs);
  }

  /** The batch to write, the same until it is known to be written; undefined: there is none. */
  next(): UsageBatch | undefined {
    if (this.#pending === undefined) {
      if (this.#closed.length === 0) {
        this.#close();
      }
      const [oldest] = this.#closed;
      if (oldest !== undefined) {
        this.#sequence += 1n;
        this.#pending = oldest.take(this.#sequence);
        this.#pendingSince = oldest.since;
        if (oldest.rows === 0) {
          this.#closed.shift();
        }
      }
    }
    return this.#pending;
  }

  /** The batch that `next` gave is written. */
  written(): void {
    this.#pending = undefined;
    this.#pendingSince = undefined;
  }

  /** How many rows memory holds beside the batch that is pending. */
  get #rows(): number {
    return this.#closed.reduce((sum, { size }) => sum + size, this.#open?.size ?? 0);
  }

  #close(): void {
    if (this.#open !== undefined) {
      this.#closed.push(this.#open);
      this.#open = undefined;
    }
  }
}

/**
 * The verifications of an hour, in the columns of a batch. A row is found by what is attached to its key, and by way of the
 * rows of that same object. A key that is read from the database at each call is another object each time, and has a row a call.
 */
class Tally {
  readonly #id = tallies++;
  readonly hour: number;
  /** When the first was recorded. */
  readonly since: number;
  readonly #projectIds: bigint[] = [];
  readonly #apiKeyIds: bigint[] = [];
  readonly #codes: number[] = [];
  readonly #verifications: number[] = [];
  readonly #lastUsedMs: number[] = [];
  /** The row that the same object had before; its rows have different codes. */
  readonly #earlier: number[] = [];
  #taken = 0;

  /** @param hour hours since the epoch */
  constructor(hour: number, since: number) {
    this.hour = hour;
    this.since = since;
  }

  /** How many rows memory holds, those that were taken included. */
  get size(): number {
    return this.#codes.length;
  }

  /** How many are left to take. */
  get rows(): number {
    return this.#codes.length - this.#taken;
  }

  get batches(): number {
    return Math.ceil(this.rows / maxBatchRows);
  }

  /** @returns false: there is no row for it yet */
  increment(key: UsedKey, code: number, usedMs: number): boolean {
    let row = this.#lastRow(key);
    while (row !== none && this.#codes[row] !== code) {
      row = this.#earlier[row] ?? none;
    }
    if (row === none) {
      return false;
    }
    this.#verifications[row] = (this.#verifications[row] ?? 0) + 1;
    this.#lastUsedMs[row] = usedMs;
    return true;
  }

  append(key: UsedKey, code: number, usedMs: number): void {
    this.#earlier.push(this.#lastRow(key));
    this.#setLastRow(key, this.#codes.length);
    this.#projectIds.push(key.projectId);
    this.#apiKeyIds.push(key.apiKeyId);
    this.#codes.push(code);
    this.#verifications.push(1);
    this.#lastUsedMs.push(usedMs);
  }

  take(sequence: bigint): UsageBatch {
    const from = this.#taken;
    const until = Math.min(from + maxBatchRows, this.#codes.length);
    this.#taken = until;
    return {
      sequence,
      hour: new Date(this.hour * hourMs),
      projectIds: this.#projectIds.slice(from, until),
      apiKeyIds: this.#apiKeyIds.slice(from, until),
      codes: this.#codes.slice(from, until),
      verifications: this.#verifications.slice(from, until),
      lastUsedMs: this.#lastUsedMs.slice(from, until),
    };
  }

  #lastRow(key: UsedKey): number {
    const place = places.get(key);
    return place?.tally === this.#id ? place.row : none;
  }

  #setLastRow(key: UsedKey, row: number): void {
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, { tally: this.#id, row });
    } else {
      place.tally = this.#id;
      place.row = row;
    }
  }
}
