import { LRUCache } from "lru-cache";
import type { Lease } from "../propagation/lease.js";
import { isOver, type SessionRecord } from "./model.js";

const maxSessions = 10_000;

/**
 * Sessions that were asked for lately, as they are looked up: by the digest of their token, or by their id. They are used while the
 * lease holds, and what is read from the database is kept only if no change was heard of meanwhile.
 */
export class SessionMemory {
  readonly #lease: Lease;
  readonly #namesOf = new Map<bigint, Set<string>>();
  readonly #records = new LRUCache<string, SessionRecord>({
    max: maxSessions,
    dispose: ({ user }, name) => this.#unlist(user.id, name),
  });
  #generation = 0;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  /** Undefined: memory cannot or may not say. One that has lain idle may have been used elsewhere: the database knows. */
  get(name: string): SessionRecord | undefined {
    const record = this.#lease.holds() ? this.#records.get(name) : undefined;
    return record === undefined || isOver(record) ? undefined : record;
  }

  /** Reads a session, and remembers it. */
  async read(name: string, find: () => Promise<SessionRecord | undefined>): Promise<SessionRecord | undefined> {
    const generation = this.#generation;
    const record = await find();
    if (record !== undefined && generation === this.#generation) {
      // What was there before leaves the list first.
      this.#records.set(name, record);
      this.#list(record.user.id, name);
    }
    return record;
  }

  forgetUser(userId: bigint): void {
    this.#generation += 1;
    for (const name of [...(this.#namesOf.get(userId) ?? [])]) {
      this.#records.delete(name);
    }
  }

  forgetAll(): void {
    this.#generation += 1;
    this.#records.clear();
  }

  #list(userId: bigint, name: string): void {
    const names = this.#namesOf.get(userId) ?? new Set();
    this.#namesOf.set(userId, names.add(name));
  }

  #unlist(userId: bigint, name: string): void {
    const names = this.#namesOf.get(userId);
    names?.delete(name);
    if (names?.size === 0) {
      this.#namesOf.delete(userId);
    }
  }
}
