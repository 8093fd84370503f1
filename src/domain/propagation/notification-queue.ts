import type { Executor } from "../../platform/postgres/database.js";
import type { PropagationStore } from "./interface.js";

/** From this part on it is told: Postgres needs some room of what is left for itself. */
const fullFrom = 0.95;

export interface NotificationQueueDependencies {
  readonly db: Executor;
  readonly store: PropagationStore;
}

/**
 * How full the queue of notifications is, which the whole server shares: whoever may connect to any of its databases may fill
 * it. Changes are announced through it, so when it is full nothing can be changed.
 */
export class NotificationQueue {
  readonly #dependencies: NotificationQueueDependencies;
  #usage = 0;

  constructor(dependencies: NotificationQueueDependencies) {
    this.#dependencies = dependencies;
  }

  /** The part that is taken, 0 to 1, as it was when last looked at. */
  get usage(): number {
    return this.#usage;
  }

  get isFull(): boolean {
    return this.#usage >= fullFrom;
  }

  async look(): Promise<void> {
    const { db, store } = this.#dependencies;
    this.#usage = await store.notificationQueueUsage(db);
  }
}
