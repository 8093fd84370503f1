import { hourMs, type LastUse, type UsageBatch, type UsageCode, type UsageCount } from "./model.js";

/** Whose verification it was. */
export interface UsedKey {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

interface KeyUsage extends UsedKey {
  readonly counts: Map<UsageCode, number>;
  /** When the first of them was recorded. */
  readonly since: number;
  lastUsedAt: number;
}

interface HourUsage {
  /** Hours since the epoch. */
  readonly hour: number;
  readonly usage: KeyUsage;
}

/** A key's usage takes about 300 bytes here: when the database is away for long, this many are kept apart. */
const maxKeyHours = 500_000;

/** Keys and hours in one batch: a statement has 30 seconds, after however long an absence of the database. */
const maxBatch = 5_000;

/**
 * Adds verifications up in memory, by key, hour and code. What is taken as a batch stays here until it is known to be
 * written, and is given again as the same batch.
 */
export class UsageRecorder {
  readonly #hours = new Map<number, Map<bigint, KeyUsage>>();
  #keyHours = 0;
  #pending: UsageBatch | undefined;
  #sequence = 0n;
  #dropped = 0;
  /** When the first of what is pending was recorded. */
  #pendingSince: number | undefined;

  /** Verifications that were not kept, because the database was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  unwrittenMs(now: number): number {
    return now - (this.#pendingSince ?? this.#waitingSince() ?? now);
  }

  /** How many batches it takes to write all that is recorded by now. */
  get batches(): number {
    return Math.ceil(this.#keyHours / maxBatch) + (this.#pending === undefined ? 0 : 1);
  }

  /** @param now milliseconds since the epoch */
  record(key: UsedKey, code: UsageCode, now: number): void {
    const usage = this.#usageOf(key, now);
    if (usage === undefined) {
      this.#dropped += 1;
      return;
    }
    usage.counts.set(code, (usage.counts.get(code) ?? 0) + 1);
    if (code === "valid") {
      usage.lastUsedAt = now;
    }
  }

  /**
   * The batch to write: the one that is not known to be written yet, else of what has waited longest; undefined: nothing.
   */
  take(): UsageBatch | undefined {
    if (this.#pending === undefined && this.#hours.size > 0) {
      this.#sequence += 1n;
      this.#pendingSince = this.#waitingSince();
      this.#pending = batchOf(this.#sequence, this.#detach());
    }
    return this.#pending;
  }

  /** The batch that was taken is written. */
  written(): void {
    this.#pending = undefined;
    this.#pendingSince = undefined;
  }

  /** When the first was recorded of what is in no batch yet: maps keep the order of what comes. */
  #waitingSince(): number | undefined {
    const [keys] = this.#hours.values();
    const [first] = keys?.values() ?? [];
    return first?.since;
  }

  #detach(): readonly HourUsage[] {
    const detached: HourUsage[] = [];
    for (const [hour, keys] of this.#hours) {
      for (const [id, usage] of keys) {
        if (detached.length === maxBatch) {
          return detached;
        }
        keys.delete(id);
        this.#keyHours -= 1;
        detached.push({ hour, usage });
      }
      this.#hours.delete(hour);
    }
    return detached;
  }

  #usageOf({ projectId, apiKeyId }: UsedKey, now: number): KeyUsage | undefined {
    const hour = Math.floor(now / hourMs);
    let keys = this.#hours.get(hour);
    if (keys === undefined) {
      keys = new Map();
      this.#hours.set(hour, keys);
    }
    let usage = keys.get(apiKeyId);
    if (usage === undefined) {
      if (this.#keyHours >= maxKeyHours) {
        return undefined;
      }
      this.#keyHours += 1;
      usage = { projectId, apiKeyId, counts: new Map(), since: now, lastUsedAt: 0 };
      keys.set(apiKeyId, usage);
    }
    return usage;
  }
}

function batchOf(sequence: bigint, taken: readonly HourUsage[]): UsageBatch {
  const counts: UsageCount[] = [];
  const lastUses = new Map<bigint, LastUse>();
  for (const { hour, usage } of taken) {
    const { projectId, apiKeyId, counts: byCode, lastUsedAt } = usage;
    for (const [code, verifications] of byCode) {
      counts.push({ projectId, apiKeyId, hour: new Date(hour * hourMs), code, verifications });
    }
    // A batch may span the turn of an hour; one statement may touch a key's activity once.
    if (lastUsedAt > (lastUses.get(apiKeyId)?.at.getTime() ?? 0)) {
      lastUses.set(apiKeyId, { projectId, apiKeyId, at: new Date(lastUsedAt) });
    }
  }
  return { sequence, counts, lastUses: [...lastUses.values()] };
}
