import { setTimeout as sleep } from "node:timers/promises";

/**
 * Where a session stands.
 *
 *     connecting ──▶ registering ──▶ proving ──▶ renewing      each of them ── leave ──▶ leaving ──▶ over
 *                                                              each of them ── an error, the connection is lost ──▶ over
 *
 * - connecting: until LISTEN is committed. Then everything is forgotten before the connection is trusted.
 * - registering: until the instance is in the registry.
 * - proving: until a notification that was sent another way is heard.
 * - renewing: one renewal after another. With the first that comes back the instance may begin to remember.
 * - leaving: the lease has ended and is not renewed any more. The instance is taken out of the registry.
 * - over: the connection is closed or lost.
 */
type StateName = "connecting" | "registering" | "proving" | "renewing" | "leaving" | "over";

/** The state of a session, and what leads from one to the next. */
export class SessionState {
  #name: StateName = "connecting";
  /** Aborts when the session is over, and says why. */
  readonly #ending = new AbortController();

  /** Whether what is sent to this instance can be heard now. */
  get isListening(): boolean {
    return this.#name === "registering" || this.#name === "proving" || this.#name === "renewing";
  }

  get isLeaving(): boolean {
    return this.#name === "leaving";
  }

  /** Whether messages count no more, and nothing is asked any more but to be taken out of the registry. */
  get isEnding(): boolean {
    return this.#name === "leaving" || this.#name === "over";
  }

  /** Goes on to the next state. @throws when the session is being left, or is over */
  enter(next: "registering" | "proving" | "renewing"): void {
    this.mustGoOn();
    this.#name = next;
  }

  leave(): void {
    this.#name = "leaving";
  }

  /** The session is over. The first reason counts. */
  end(reason: unknown): void {
    this.#name = "over";
    this.#ending.abort(reason);
  }

  /** @throws when the session is being left, or is over: why */
  mustGoOn(): void {
    this.#ending.signal.throwIfAborted();
    if (this.isEnding) {
      throw new Error("the instance is stopping");
    }
  }

  /** Waits. @throws as soon as the session is over: why */
  async pause(ms: number): Promise<void> {
    const { signal } = this.#ending;
    await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
