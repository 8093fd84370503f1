import { ObjectSlot, type SlotHolder } from "../../platform/object-slot.js";

/** A value that was made by the service itself, and has now been used. */
export interface FirstUse {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  /** SHA-256 of the value. */
  readonly digest: Buffer;
}

/** What is known of a key that was presented. */
export interface UsedRecord extends SlotHolder {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  /** Undefined, as of nearly every key: the value is known to have been used, or was told to whoever made it. */
  readonly unusedDigest: Buffer | undefined;
}

/** Of records that memory goes on giving, which were read before the use. */
const known = new ObjectSlot<true>();

/**
 * Notes which waiting values were used, until that is written. A value whose use was noted and not written, as when a process is
 * killed, is noted again at its next use.
 */
export class FirstUses {
  readonly #noted = new Map<string, FirstUse>();

  /** Cheap: on the way of verifications that are answered from memory. */
  note(record: UsedRecord): void {
    const { projectId, apiKeyId, unusedDigest } = record;
    if (unusedDigest !== undefined && known.get(record) === undefined) {
      known.set(record, true);
      this.#noted.set(unusedDigest.toString("base64"), { projectId, apiKeyId, digest: unusedDigest });
    }
  }

  /** Has what was noted written, if anything was. What could not be written is written the next time. */
  async flush(write: (uses: readonly FirstUse[]) => Promise<void>): Promise<void> {
    const noted = [...this.#noted];
    if (noted.length === 0) {
      return;
    }
    await write(noted.map(([, use]) => use));
    for (const [key] of noted) {
      this.#noted.delete(key);
    }
  }
}
