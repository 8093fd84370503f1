import { randomUUID } from "node:crypto";

/** The listening connection does not hear what is sent: it goes through a pooler, or to another database. */
export class NotificationsLostError extends Error {
  override readonly name = "NotificationsLostError";

  constructor() {
    super(
      "notifications do not come back: ALTALUNE_LISTEN_URL must lead to the database of DATABASE_URL, past any transaction pooler",
    );
  }
}

/**
 * Proof that the listening connection hears what others send: a notification that was sent another way is heard on it, while
 * nothing is asked.
 *
 * Without it a transaction pooler would pass for a connection of one's own: it hands a renewal's nonce back if it happens to
 * use the same connection to the server again, and still loses what comes while that connection is idle.
 */
export class DeliveryProof {
  readonly nonce = randomUUID();
  readonly #heard = Promise.withResolvers<void>();

  constructor() {
    this.heard.catch(() => {
      // Nobody may be waiting when it fails.
    });
  }

  /** Resolves when it is heard. @throws what `fail` was given */
  get heard(): Promise<void> {
    return this.#heard.promise;
  }

  hear(nonce: string): void {
    if (nonce === this.nonce) {
      this.#heard.resolve();
    }
  }

  fail(reason: unknown): void {
    this.#heard.reject(reason);
  }
}
