import { hourMs, type UsageBatch, type UsageCode, usageCodes } from "./model.js";

/** Whose verification it was. */
export interface UsedKey {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

/** A key's usage takes about 300 bytes here: when the database is away for long, this many are kept apart. */
const maxKeyHours = 500_000;

/** Keys in one batch: a statement has 30 seconds, after however long an absence of the database. */
const maxBatch = 20_000;

/** Keys that are put into a batch in one turn of the event loop: about a millisecond. */
const slice = 2_000;

const codeIndex = Object.fromEntries(usageCodes.map((code, index) => [code, index])) as Readonly<
  Record<UsageCode, number>
>;

interface KeyUsage extends UsedKey {
  /** By the code's place in `usageCodes`. */
  readonly counts: number[];
  /** When the first of them was recorded. */
  readonly since: number;
  lastUsedAt: number;
}

/** A batch that is being put together. */
interface OpenBatch extends UsageBatch {
  readonly projectIds: bigint[];
  readonly apiKeyIds: bigint[];
  readonly codes: number[];
  readonly verifications: number[];
  readonly lastUsedMs: number[];
  /** How many keys are still to go into it. */
  missing: number;
}

/**
 * Adds verifications up in memory, by key, hour and code. What is gathered as a batch stays here until it is known to be
 * written, and is given again as the same batch.
 */
export class UsageRecorder {
  #recorded = new KeyHours();
  /** What was recorded before the last batch was begun: nothing is added to it any more, and batches are taken from it. */
  #closed = new KeyHours();
  #open: OpenBatch | undefined;
  #pending: UsageBatch | undefined;
  #sequence = 0n;
  #dropped = 0;
  /** When the first of what is open or pending was recorded. */
  #batchSince: number | undefined;

  /** Verifications that were not kept, because the database was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  unwrittenMs(now: number): number {
    return now - (this.#batchSince ?? this.#closed.since ?? this.#recorded.since ?? now);
  }

  /** How many batches it takes at most to write all that is recorded by now. */
  get batches(): number {
    return this.#closed.batches + this.#recorded.batches + (this.#pending === undefined ? 0 : 1);
  }

  /** @param now milliseconds since the epoch */
  record(key: UsedKey, code: UsageCode, now: number): void {
    const room = maxKeyHours - this.#closed.size;
    const usage = this.#recorded.usageOf(key, now, room);
    if (usage === undefined) {
      this.#dropped += 1;
      return;
    }
    const index = codeIndex[code];
    usage.counts[index] = (usage.counts[index] ?? 0) + 1;
    if (code === "valid") {
      usage.lastUsedAt = now;
    }
  }

  /** The batch to write, once it is gathered, until it is known to be written; undefined: none. */
  get pending(): UsageBatch | undefined {
    return this.#pending;
  }

  /**
   * Puts some more of what has waited longest into the next batch. Does nothing while one is pending.
   *
   * @returns whether to go on: the batch is not complete yet
   */
  gather(): boolean {
    if (this.#pending !== undefined) {
      return false;
    }
    this.#open ??= this.#begin();
    if (this.#open === undefined) {
      return false;
    }
    this.#fill(this.#open);
    if (this.#open.missing > 0) {
      return true;
    }
    this.#pending = this.#open;
    this.#open = undefined;
    return false;
  }

  /** The pending batch is written. */
  written(): void {
    this.#pending = undefined;
    this.#batchSince = undefined;
  }

  #begin(): OpenBatch | undefined {
    if (this.#closed.size === 0) {
      this.#closed = this.#recorded;
      this.#recorded = new KeyHours();
    }
    const first = this.#closed.firstHour;
    if (first === undefined) {
      return undefined;
    }
    this.#sequence += 1n;
    this.#batchSince = this.#closed.since;
    return {
      sequence: this.#sequence,
      hour: new Date(first.hour * hourMs),
      projectIds: [],
      apiKeyIds: [],
      codes: [],
      verifications: [],
      lastUsedMs: [],
      missing: Math.min(first.keys, maxBatch),
    };
  }

  #fill(batch: OpenBatch): void {
    for (const usage of this.#closed.take(Math.min(slice, batch.missing))) {
      batch.missing -= 1;
      put(batch, usage);
    }
  }
}

/** What was recorded, by hour and key. */
class KeyHours {
  /** Hours since the epoch. */
  readonly #hours = new Map<number, Map<bigint, KeyUsage>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get batches(): number {
    let batches = 0;
    for (const keys of this.#hours.values()) {
      batches += Math.ceil(keys.size / maxBatch);
    }
    return batches;
  }

  /** The hour that was recorded first, and how many keys it has; undefined: there is none. */
  get firstHour(): { readonly hour: number; readonly keys: number } | undefined {
    for (const [hour, { size }] of this.#hours) {
      return { hour, keys: size };
    }
    return undefined;
  }

  /** When the first was recorded; undefined: there is none. */
  get since(): number | undefined {
    for (const keys of this.#hours.values()) {
      for (const { since } of keys.values()) {
        return since;
      }
    }
    return undefined;
  }

  /** @returns undefined when it would be one more than there is room for */
  usageOf({ projectId, apiKeyId }: UsedKey, now: number, room: number): KeyUsage | undefined {
    const hour = Math.floor(now / hourMs);
    let keys = this.#hours.get(hour);
    let usage = keys?.get(apiKeyId);
    if (usage === undefined) {
      if (this.#size >= room) {
        return undefined;
      }
      if (keys === undefined) {
        keys = new Map();
        this.#hours.set(hour, keys);
      }
      usage = { projectId, apiKeyId, counts: usageCodes.map(() => 0), since: now, lastUsedAt: 0 };
      keys.set(apiKeyId, usage);
      this.#size += 1;
    }
    return usage;
  }

  /** Takes so many out of the first hour, the first recorded first. */
  *take(count: number): Generator<KeyUsage> {
    for (const [hour, keys] of this.#hours) {
      let left = count;
      for (const [id, usage] of keys) {
        if (left === 0) {
          return;
        }
        left -= 1;
        keys.delete(id);
        this.#size -= 1;
        yield usage;
      }
      this.#hours.delete(hour);
      return;
    }
  }
}

function put(batch: OpenBatch, { projectId, apiKeyId, counts, lastUsedAt }: KeyUsage): void {
  for (const [index, verifications] of counts.entries()) {
    if (verifications > 0) {
      batch.projectIds.push(projectId);
      batch.apiKeyIds.push(apiKeyId);
      batch.codes.push(index + 1);
      batch.verifications.push(verifications);
      batch.lastUsedMs.push(usageCodes[index] === "valid" ? lastUsedAt : 0);
    }
  }
}
