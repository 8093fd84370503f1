import { LinkSession, type SessionOptions } from "./session.js";

export interface LinkOptions extends SessionOptions {
  readonly logger: LinkLogger;
}

/** What the link needs of a logger; pino's fits. */
export interface LinkLogger {
  warn(facts: object, message: string): void;
}

const firstRetryMs = 100;
const maxRetryMs = 1_000;

/** Keeps an instance listening: one session after another, until it is stopped. */
export class InstanceLink {
  readonly #options: LinkOptions;
  #session: LinkSession | undefined;
  #retryMs = firstRetryMs;
  #retryTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Whether acknowledgements can be heard now. */
  get isListening(): boolean {
    return this.#session?.isListening === true;
  }

  /** Connects, and connects again whenever the connection is lost, until stopped. */
  start(): void {
    void this.#connect();
  }

  /** Ends the lease, takes the instance out of the registry and disconnects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
    await this.#session?.leave();
  }

  async #connect(): Promise<void> {
    const session = new LinkSession(this.#options);
    this.#session = session;
    try {
      await session.run();
    } catch (error) {
      if (this.#stopped) {
        return;
      }
      this.#options.logger.warn({ err: error }, "the listening connection was lost; connecting again");
    }
    this.#retryMs = session.hasRenewed ? firstRetryMs : Math.min(this.#retryMs * 2, maxRetryMs);
    this.#retryTimer = setTimeout(() => void this.#connect(), this.#retryMs);
  }
}
