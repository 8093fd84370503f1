import { LRUCache } from "lru-cache";
import type { DigestText } from "../api_key/secret-format.js";
import type { Subject } from "../propagation/model.js";
import type { KeyRecord } from "./model.js";

/** The most keys, a hundred thousand and more, and the most values that are no key, that are remembered. */
export const maxRecords = 128 * 1024;
export const maxUnknown = 10_000;
/** How long a value is remembered as no key. */
const unknownMs = 5_000;

/**
 * The records of keys that were asked for lately, by the digest of the value that was presented.
 *
 * Whether a record may be used is the caller's to know (the lease). What is read from the database is kept only if no
 * change was heard of between the query and its result.
 */
export class RecordCache {
  readonly #records: LRUCache<DigestText, KeyRecord>;
  readonly #unknown = new LRUCache<DigestText, true>({ max: maxUnknown, ttl: unknownMs });
  /** A key has one or two values: the current one and, after a rotation, its predecessor. */
  readonly #digestsByKey = new Map<bigint, DigestText | Set<DigestText>>();
  #generation = 0;

  /** @param max how many keys to remember at most; the room for them is made at once */
  constructor(max = maxRecords) {
    this.#records = new LRUCache({ max, dispose: (record, digest) => this.#unlink(record.apiKeyId, digest) });
  }

  get size(): number {
    return this.#records.size;
  }

  /** The record; null: no key has this digest; undefined: not remembered. */
  get(digest: DigestText): KeyRecord | null | undefined {
    return this.#records.get(digest) ?? (this.#unknown.get(digest) === true ? null : undefined);
  }

  /** Names what has been heard up to now; a later `put` that names it fails if a change was heard since. */
  get generation(): number {
    return this.#generation;
  }

  /** @param generation what had been heard when the database was asked */
  put(digest: DigestText, record: KeyRecord | undefined, generation: number): void {
    if (generation !== this.#generation) {
      return;
    }
    if (record === undefined) {
      this.#unknown.set(digest, true);
      return;
    }
    this.#records.set(digest, record);
    this.#link(record.apiKeyId, digest);
  }

  forget(subject: Subject): void {
    this.#generation += 1;
    switch (subject.kind) {
      case "api_key": {
        const digests = this.#digestsByKey.get(subject.id);
        for (const digest of typeof digests === "string" ? [digests] : [...(digests ?? [])]) {
          this.#records.delete(digest);
        }
        return;
      }
      case "project":
        this.#forgetWhere((record) => record.projectId === subject.id);
        return;
      case "tier":
        this.#forgetWhere((record) => record.tier === subject.name);
        return;
      case "user":
        // No key's record holds anything of a user.
        return;
      default: {
        const unreachable: never = subject;
        throw new Error(`unknown subject ${JSON.stringify(unreachable)}`);
      }
    }
  }

  clear(): void {
    this.#generation += 1;
    this.#records.clear();
    this.#unknown.clear();
    this.#digestsByKey.clear();
  }

  /** Projects and tiers change seldom: it may take a walk through all records. */
  #forgetWhere(matches: (record: KeyRecord) => boolean): void {
    for (const [digest, record] of [...this.#records.entries()]) {
      if (matches(record)) {
        this.#records.delete(digest);
      }
    }
  }

  #link(apiKeyId: bigint, digest: DigestText): void {
    const linked = this.#digestsByKey.get(apiKeyId);
    if (linked === undefined) {
      this.#digestsByKey.set(apiKeyId, digest);
    } else if (typeof linked === "string") {
      if (linked !== digest) {
        this.#digestsByKey.set(apiKeyId, new Set([linked, digest]));
      }
    } else {
      linked.add(digest);
    }
  }

  #unlink(apiKeyId: bigint, digest: DigestText): void {
    const linked = this.#digestsByKey.get(apiKeyId);
    if (linked instanceof Set) {
      linked.delete(digest);
      if (linked.size > 0) {
        return;
      }
    } else if (linked !== digest) {
      return;
    }
    this.#digestsByKey.delete(apiKeyId);
  }
}
