import type { KeyObject } from "node:crypto";
import { type AuditEvent, chainHash, type TrailHead } from "./model.js";

/** Follows a chain event by event and stops at the first place where it does not hold. */
export class ChainWalk {
  readonly #trailKey: KeyObject;
  readonly #expectedHead: Buffer | undefined;
  readonly #projectPublicId: string | undefined;
  #last: TrailHead;
  #checked = 0n;
  #broken = 0n;
  #expectedHeadSeen: boolean;

  /**
   * @param start the event before the first one to check; trusted
   * @param expectedHead a hash that must be met on the way; undefined: none
   * @param projectPublicId of the project whose creation the first event must be, if the walk starts there; undefined: the trail
   * may begin with anything, and be empty
   */
  constructor(
    trailKey: KeyObject,
    start: TrailHead,
    expectedHead: Buffer | undefined,
    projectPublicId: string | undefined,
  ) {
    this.#trailKey = trailKey;
    this.#last = start;
    this.#expectedHead = expectedHead;
    this.#projectPublicId = projectPublicId;
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
    if (event.sequence !== next || !this.#holds(event) || !this.#begins(event)) {
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

  /** Whether the event may stand at its place as far as that is the first. */
  #begins({ sequence, action, resourceId }: AuditEvent): boolean {
    return (
      sequence !== 1n ||
      this.#projectPublicId === undefined ||
      (action === "project.created" && resourceId === this.#projectPublicId)
    );
  }

  /** Checks that the trail ends where its head says, and that the expected head was met. */
  end(head: TrailHead | undefined): void {
    if (this.#broken !== 0n) {
      return;
    }
    const ends = head !== undefined && head.sequence === this.#last.sequence && head.hash.equals(this.#last.hash);
    const begun = this.#last.sequence > 0n || this.#projectPublicId === undefined;
    if (!ends || !begun || !this.#expectedHeadSeen) {
      this.#broken = this.#last.sequence + 1n;
    }
  }
}
