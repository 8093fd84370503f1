import { hourMs, type LastUse, type UsageBatch, type UsageCode, type UsageCount, usageCodes } from "./model.js";

/** Whose verification it was. */
export interface UsedKey {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

/** A key's usage takes about 300 bytes here: when the database is away for long, this many are kept apart. */
const maxKeyHours = 500_000;

/** Keys and hours in one batch: a statement has 30 seconds, after however long an absence of the database. */
const maxBatch = 50_000;

/** Keys and hours that are put into a batch in one turn of the event loop: a millisecond or two. */
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
interface OpenBatch {
  readonly sequence: bigint;
  readonly counts: UsageCount[];
  /** By key: a batch may span the turn of an hour, and one statement may touch a key's activity once. */
  readonly lastUses: Map<bigint, LastUse>;
  /** How many keys and hours are still to go into it. */
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

  /** How many batches it takes to write all that is recorded by now. */
  get batches(): number {
    const begun = this.#pending === undefined && this.#open === undefined ? 0 : 1;
    const closed = this.#closed.size - (this.#open?.missing ?? 0);
    return begun + Math.ceil(closed / maxBatch) + Math.ceil(this.#recorded.size / maxBatch);
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
    const { sequence, counts, lastUses } = this.#open;
    this.#open = undefined;
    this.#pending = { sequence, counts, lastUses: [...lastUses.values()] };
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
    if (this.#closed.size === 0) {
      return undefined;
    }
    this.#sequence += 1n;
    this.#batchSince = this.#closed.since;
    return {
      sequence: this.#sequence,
      counts: [],
      lastUses: new Map(),
      missing: Math.min(this.#closed.size, maxBatch),
    };
  }

  #fill(batch: OpenBatch): void {
    for (const [hour, usage] of this.#closed.take(Math.min(slice, batch.missing))) {
      batch.missing -= 1;
      put(batch, hour, usage);
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

  /** Takes out as many as given, the first recorded first. */
  *take(count: number): Generator<readonly [hour: number, usage: KeyUsage]> {
    let left = count;
    for (const [hour, keys] of this.#hours) {
      for (const [id, usage] of keys) {
        if (left === 0) {
          return;
        }
        left -= 1;
        keys.delete(id);
        this.#size -= 1;
        yield [hour, usage];
      }
      this.#hours.delete(hour);
    }
  }
}

/** @param hour hours since the epoch */
function put(batch: OpenBatch, hour: number, { projectId, apiKeyId, counts, lastUsedAt }: KeyUsage): void {
  const start = new Date(hour * hourMs);
  for (const [index, verifications] of counts.entries()) {
    const code = usageCodes[index];
    if (code !== undefined && verifications > 0) {
      batch.counts.push({ projectId, apiKeyId, hour: start, code, verifications });
    }
  }
  if (lastUsedAt > (batch.lastUses.get(apiKeyId)?.at.getTime() ?? 0)) {
    batch.lastUses.set(apiKeyId, { projectId, apiKeyId, at: new Date(lastUsedAt) });
  }
}
