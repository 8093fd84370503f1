import { BatchColumns, HourBatch, type UsedKey } from "./hour-batch.js";
import { hourMs, type UsageBatch, type UsageCode, usageCodeNumbers } from "./model.js";

/**
 * When the database is away for long, this many are kept beside the batch that is sent. A row takes 34 bytes here, and each hour at
 * least as much as a batch, 0.7 MB.
 */
const maxRows = 500_000;
/** Columns of batches that are kept to be used again, 5 MB: what a busy second fills, twice, as the next one fills while it is written. */
const maxSpareColumns = 8;

/**
 * Adds verifications up in memory, by key, hour and code. What is taken as a batch stays here until it is known to be
 * written, and is given again as the same batch.
 */
export class UsageRecorder {
  /** What is recorded now. */
  #open: HourBatch | undefined;
  /** Nothing is added to these any more: batches are taken from them, the oldest first. */
  readonly #closed: HourBatch[] = [];
  /** What was given to be written, and when the first of it was recorded. */
  #pending: { readonly batch: UsageBatch; readonly columns: BatchColumns; readonly since: number } | undefined;
  readonly #spareColumns: BatchColumns[] = [];
  #sequence = 0n;
  #dropped = 0;

  /** Verifications that were not kept, because the database was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** For how long the oldest that is not written has waited, in milliseconds. */
  unwrittenMs(now: number): number {
    return now - (this.#pending?.since ?? this.#closed[0]?.since ?? this.#open?.since ?? now);
  }

  /** How many batches it takes to write all that is recorded by now. */
  get batches(): number {
    const hours = this.#open === undefined ? this.#closed : [...this.#closed, this.#open];
    return hours.reduce((sum, { batches }) => sum + batches, this.#pending === undefined ? 0 : 1);
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
    const open = this.#open ?? new HourBatch(hour, now, () => this.#spareColumns.pop() ?? new BatchColumns());
    open.append(key, number, usedMs);
    // Only now: what has no row has no batch to take, either.
    this.#open = open;
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
        this.#pending = { ...oldest.take(this.#sequence), since: oldest.since };
        if (oldest.batches === 0) {
          this.#closed.shift();
        }
      }
    }
    return this.#pending?.batch;
  }

  /** The batch that `next` gave is written, and not read any more. */
  written(): void {
    if (this.#pending !== undefined && this.#spareColumns.length < maxSpareColumns) {
      this.#spareColumns.push(this.#pending.columns);
    }
    this.#pending = undefined;
  }

  /** How many rows memory holds beside the batch that is pending. */
  get #rows(): number {
    return this.#closed.reduce((sum, { rows }) => sum + rows, this.#open?.rows ?? 0);
  }

  #close(): void {
    if (this.#open !== undefined) {
      this.#closed.push(this.#open);
      this.#open = undefined;
    }
  }
}
