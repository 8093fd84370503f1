import { ObjectSlot, type SlotHolder } from "../../platform/object-slot.js";
import { hourMs, maxBatchRows, type UsageBatch } from "./model.js";

/** Whose verification it was. */
export interface UsedKey extends SlotHolder {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

/** Where the last row of a key is. It names its batch and does not hold it: the key may be remembered for long. */
interface Place {
  batch: number;
  row: number;
}

const places = new ObjectSlot<Place>();
const none = -1;
let made = 0;

/**
 * The verifications of an hour, in the columns of a batch. A row is found by the slot of its key, and by way of the
 * rows of that same object. A key that is read from the database at each call is another object each time, and has a row a call.
 */
export class HourBatch {
  readonly #id = made++;
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
    return place?.batch === this.#id ? place.row : none;
  }

  #setLastRow(key: UsedKey, row: number): void {
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, { batch: this.#id, row });
    } else {
      place.batch = this.#id;
      place.row = row;
    }
  }
}
