/** A value that was made by the service itself, and has now been used. */
export interface FirstUse {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  /** SHA-256 of the value. */
  readonly digest: Buffer;
}

/** What is known of a key that was presented. */
export interface UsedRecord {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  /** Undefined, as of nearly every key: the value is known to have been used, or was told to whoever made it. */
  readonly unusedDigest: Buffer | undefined;
}

/**
 * Notes which waiting values were used, until that is written. A value whose use was noted and not written, as when a process is
 * killed, is noted again at its next use.
 */
export class FirstUses {
  readonly #noted = new Map<string, FirstUse>();
  /** Memory goes on giving these records, which were read before the use. */
  readonly #known = new WeakSet<UsedRecord>();

  /** Cheap: on the way of verifications that are answered from memory. */
  note(record: UsedRecord): void {
    const { projectId, apiKeyId, unusedDigest } = record;
    if (unusedDigest !== undefined && !this.#known.has(record)) {
      this.#known.add(record);
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
