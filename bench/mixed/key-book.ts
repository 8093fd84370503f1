import { newSecret } from "../lib/product.js";

/** What every key's metadata holds at first: a record then takes the same room, whichever is changed or forgotten for another. */
export const unchanged = { revision: 0 };

/** A key that is used and changed. */
export interface LiveKey {
  readonly projectId: string;
  readonly id: string;
  value: string;
  /** What its metadata is known to hold; 0: no change of it has returned. */
  revision: number;
  /** One change of a key at a time. */
  isChanging: boolean;
  /** Rises as a change that ends a value begins, and as it has returned: it is odd meanwhile. */
  endings: number;
}

export interface Made {
  readonly live: readonly LiveKey[];
  readonly limited: readonly string[];
  /** That nobody has asked for yet. */
  readonly cold: readonly string[];
}

/** Whether a call that began at so many endings, and has ended, can be answered in one way only. */
export function isCertain(key: LiveKey, endingsAtFirst: number): boolean {
  return endingsAtFirst % 2 === 0 && key.endings === endingsAtFirst;
}

/** Which keys there are, and what must be answered for each. */
export class KeyBook {
  readonly #live: LiveKey[];
  readonly #limited: readonly string[];
  readonly #cold: string[];
  readonly #ended: string[] = [];

  constructor({ live, limited, cold }: Made) {
    this.#live = [...live];
    this.#limited = limited;
    this.#cold = [...cold];
  }

  live(): LiveKey {
    return oneOf(this.#live);
  }

  liveValues(): readonly string[] {
    return this.#live.map(({ value }) => value);
  }

  /** One to be changed, which nobody else changes until `changed`. */
  liveToChange(): LiveKey {
    let key = this.live();
    while (key.isChanging) {
      key = this.live();
    }
    key.isChanging = true;
    return key;
  }

  changed(key: LiveKey): void {
    key.isChanging = false;
  }

  add(key: LiveKey): void {
    this.#live.push(key);
  }

  /** Nobody is to ask for it any more as for a key that works. */
  remove(key: LiveKey): void {
    const last = this.#live.pop();
    const place = this.#live.indexOf(key);
    if (place !== -1 && last !== undefined) {
      this.#live[place] = last;
    }
    key.endings += 1;
  }

  /** This value has been refused since before now: it was revoked or rotated, and the call has returned. */
  ended(value: string): void {
    this.#ended.push(value);
  }

  limited(): string {
    return oneOf(this.#limited);
  }

  /** Each once. */
  cold(): string {
    const key = this.#cold.pop();
    if (key === undefined) {
      throw new Error("there are no cold keys left");
    }
    return key;
  }

  /** Undefined: there is none yet. */
  oneThatEnded(): string | undefined {
    return this.#ended.length === 0 ? undefined : oneOf(this.#ended);
  }
}

/** A value of the right shape that is no key. */
export function unknownKey(): string {
  return newSecret("sk-");
}

export function oneOf<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T;
}
