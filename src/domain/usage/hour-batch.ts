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
 * Room for the rows of a batch, a column a field. It lies outside the heap, at its full size from the start: arrays that grow
 * are copied, and looked through at each collection of garbage, while calls wait.
 */
export class BatchColumns {
  readonly projectIds = new BigInt64Array(maxBatchRows);
  readonly apiKeyIds = new BigInt64Array(maxBatchRows);
  readonly codes = new Int16Array(maxBatchRows);
  readonly verifications = new Uint32Array(maxBatchRows);
  readonly lastUsedMs = new Float64Array(maxBatchRows);
  /** The row that the same object had before, counted from the first of the hour. Rows of one object have different codes. */
  readonly earlier = new Int32Array(maxBatchRows);
}

/**
 * The verifications of an hour, in the columns of batches. A row is found by the slot of its key, and by way of the
 * rows of that same object. A key that is read from the database at each call is another object each time, and has a row a call.
 */
export class HourBatch {
  readonly #id = made++;
  readonly hour: number;
  /** When the first was recorded. */
  readonly since: number;
  readonly #freeColumns: () => BatchColumns;
  readonly #columns: BatchColumns[] = [];
  #rows = 0;

  /** @param hour hours since the epoch */
  constructor(hour: number, since: number, freeColumns: () => BatchColumns) {
    this.hour = hour;
    this.since = since;
    this.#freeColumns = freeColumns;
  }

  /** How many rows are left to take. */
  get rows(): number {
    return this.#rows;
  }

  /** How many batches are left to take. */
  get batches(): number {
    return this.#columns.length;
  }

  /** @returns false: there is no row for it yet */
  increment(key: UsedKey, code: number, usedMs: number): boolean {
    for (let row = this.#rowOf(places.get(key)); row !== none; ) {
      const columns = this.#columnsOf(row);
      const at = row % maxBatchRows;
      if (columns.codes[at] === code) {
        columns.verifications[at] = (columns.verifications[at] as number) + 1;
        columns.lastUsedMs[at] = usedMs;
        return true;
      }
      row = columns.earlier[at] as number;
    }
    return false;
  }

  append(key: UsedKey, code: number, usedMs: number): void {
    const place = places.get(key);
    const row = this.#rows;
    const at = row % maxBatchRows;
    if (at === 0) {
      this.#columns.push(this.#freeColumns());
    }
    this.#rows += 1;
    const columns = this.#columnsOf(row);
    columns.projectIds[at] = key.projectId;
    columns.apiKeyIds[at] = key.apiKeyId;
    columns.codes[at] = code;
    columns.verifications[at] = 1;
    columns.lastUsedMs[at] = usedMs;
    columns.earlier[at] = this.#rowOf(place);
    if (place === undefined) {
      places.set(key, { batch: this.#id, row });
    } else {
      place.batch = this.#id;
      place.row = row;
    }
  }

  /** The next of `batches`, and what it lies in. Nothing is recorded any more once one was taken. */
  take(sequence: bigint): { readonly batch: UsageBatch; readonly columns: BatchColumns } {
    const columns = this.#columns.shift() as BatchColumns;
    const rows = Math.min(maxBatchRows, this.#rows);
    this.#rows -= rows;
    const batch = {
      sequence,
      hour: new Date(this.hour * hourMs),
      projectIds: columns.projectIds.subarray(0, rows),
      apiKeyIds: columns.apiKeyIds.subarray(0, rows),
      codes: columns.codes.subarray(0, rows),
      verifications: columns.verifications.subarray(0, rows),
      lastUsedMs: columns.lastUsedMs.subarray(0, rows),
    };
    return { batch, columns };
  }

  #columnsOf(row: number): BatchColumns {
    return this.#columns[Math.floor(row / maxBatchRows)] as BatchColumns;
  }

  #rowOf(place: Place | undefined): number {
    return place?.batch === this.#id ? place.row : none;
  }
}
