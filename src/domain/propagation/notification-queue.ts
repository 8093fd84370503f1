/** From this part on it is told: Postgres needs some room of what is left for itself. */
const fullFrom = 0.95;

/**
 * How full the queue of notifications is, which the whole server shares: whoever may connect to any of its databases may fill
 * it. Changes are announced through it, so when it is full nothing can be changed.
 */
export class NotificationQueue {
  readonly #read: () => Promise<number>;
  #usage = 0;

  /** @param read asks the database */
  constructor(read: () => Promise<number>) {
    this.#read = read;
  }

  /** The part that is taken, 0 to 1, as it was when last looked at. */
  get usage(): number {
    return this.#usage;
  }

  get isFull(): boolean {
    return this.#usage >= fullFrom;
  }

  async look(): Promise<void> {
    this.#usage = await this.#read();
  }
}
