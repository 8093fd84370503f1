import { type AuditEvent, chainHash, type TrailHead } from "./model.js";

/** Follows a chain event by event and stops at the first place where it does not hold. */
export class ChainWalk {
  readonly #trailKey: Buffer;
  readonly #expectedHead: Buffer | undefined;
  #last: TrailHead;
  #checked = 0n;
  #broken = 0n;
  #expectedHeadSeen: boolean;

  /**
   * @param start the event before the first one to check; trusted
   * @param expectedHead a hash that must be met on the way; undefined: none
   */
  constructor(trailKey: Buffer, start: TrailHead, expectedHead: Buffer | undefined) {
    this.#trailKey = trailKey;
    this.#last = start;
    this.#expectedHead = expectedHead;
    this.#expectedHeadSeen = expectedHead === undefined || expectedHead.equals(start.hash);
  }

  get checked(): bigint {
    return this.#checked;
  }

  /** The first place where the chain does not hold; 0: none so far. */
  get broken(): bigint {
    return this.#broken;
  }

  /** The place of the last event that holds. */
  get last(): bigint {
    return this.#last.sequence;
  }

  /** Checks the next event. @returns whether the walk may go on */
  step(event: AuditEvent): boolean {
    const next = this.#last.sequence + 1n;
    if (event.sequence !== next || !this.#holds(event)) {
      this.#broken = next;
      return false;
    }
    this.#checked += 1n;
    this.#last = { sequence: event.sequence, hash: event.hash };
    this.#expectedHeadSeen ||= this.#expectedHead?.equals(event.hash) === true;
    return true;
  }

  /** Whether an event has the hash that it was written with. One that cannot even be hashed was not written by us. */
  #holds(event: AuditEvent): boolean {
    try {
      return event.hash.equals(chainHash(this.#trailKey, this.#last.hash, event));
    } catch {
      return false;
    }
  }

  /** Checks that the trail ends where its head says, and that the expected head was met. */
  end(head: TrailHead | undefined): void {
    if (this.#broken !== 0n) {
      return;
    }
    const ends = head !== undefined && head.sequence === this.#last.sequence && head.hash.equals(this.#last.hash);
    if (!ends || !this.#expectedHeadSeen) {
      this.#broken = this.#last.sequence + 1n;
    }
  }
}
