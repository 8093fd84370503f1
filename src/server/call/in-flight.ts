/** Counts the rpcs in flight, and from a drain on lets no new one in. */
export class InFlight {
  #draining = false;
  #inFlight = 0;
  readonly #idle = new Set<() => void>();
  readonly #drainStarted = new Set<() => void>();

  get draining(): boolean {
    return this.#draining;
  }

  /** An rpc has arrived. The function that comes back must be called once it is over. */
  enter(): () => void {
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) {
        for (const wake of this.#idle) {
          wake();
        }
      }
    };
  }

  /** Tells at once, or never when the drain has begun already. Returns a function that forgets the listener. */
  onDrain(listener: () => void): () => void {
    this.#drainStarted.add(listener);
    return () => this.#drainStarted.delete(listener);
  }

  /** Resolves when no rpc is in flight, or after `timeoutMs`: then with how many there still are. */
  async drain(timeoutMs: number): Promise<number> {
    this.#draining = true;
    for (const listener of this.#drainStarted) {
      listener();
    }
    if (this.#inFlight > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, timeoutMs);
      this.#idle.add(resolve);
      await promise;
      clearTimeout(timer);
      this.#idle.delete(resolve);
    }
    return this.#inFlight;
  }
}
