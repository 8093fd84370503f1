import { seededRandom } from "../../test/support/random.js";

/** Random choices of a simulation, the same in every run. */
export class Random {
  readonly #seeded;

  constructor(seed: number) {
    this.#seeded = seededRandom(seed);
  }

  next(): number {
    return this.#seeded.next();
  }

  between(least: number, most: number): number {
    return this.#seeded.between(least, most);
  }

  isOnceIn(times: number): boolean {
    return this.next() < 1 / times;
  }

  of<Item>(items: readonly Item[]): Item {
    return this.#seeded.pick(items) as Item;
  }

  /** Around 1, seldom below a half or above 2. */
  noise(): number {
    return Math.exp(0.25 * (this.next() + this.next() + this.next() + this.next() - 2) * 1.7);
  }
}
