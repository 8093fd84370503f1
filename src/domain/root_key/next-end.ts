/**
 * When the root key that ends next ends: whoever calls with it is shut out from then on, and nobody is told by the calls before.
 */
export class NextRootKeyEnd {
  readonly #read: () => Promise<number | undefined>;
  #endsAtMs = Number.POSITIVE_INFINITY;

  /** @param read asks the database for how many seconds it is until then; undefined: none ends */
  constructor(read: () => Promise<number | undefined>) {
    this.#read = read;
  }

  /** Of the keys that there were when last looked; Infinity: none ends. */
  get secondsLeft(): number {
    return Math.max(0, (this.#endsAtMs - performance.now()) / 1000);
  }

  async look(): Promise<void> {
    const seconds = await this.#read();
    this.#endsAtMs = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
  }
}
