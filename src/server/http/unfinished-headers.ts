import { constants, type ServerHttp2Session } from "node:http2";
import type { Logger } from "pino";

export interface UnfinishedHeadersOptions {
  /** How long the headers of a request may take, in milliseconds. */
  readonly headersMs: number;
  readonly logger: Logger;
}

/** How far a session has come. */
interface Watched {
  /** The newest stream whose headers are known to have come to an end. */
  whole: number;
  /** The newest one that has begun, when last looked at. */
  begun: number;
  /** How often it was looked at since, without its headers coming to an end. */
  looks: number;
}

/**
 * Closes HTTP/2 sessions on which headers have begun and do not end: nothing else can come while they are under way, and
 * Node tells of a stream only once they are whole. How many frames and bytes they may take is bounded by Node.
 */
export class UnfinishedHeaders {
  readonly #options: UnfinishedHeadersOptions;
  readonly #watched = new Map<ServerHttp2Session, Watched>();
  readonly #lookMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UnfinishedHeadersOptions) {
    this.#options = options;
    this.#lookMs = Math.min(options.headersMs, 1_000);
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), this.#lookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  watch(session: ServerHttp2Session): void {
    const watched: Watched = { whole: 0, begun: 0, looks: 0 };
    this.#watched.set(session, watched);
    session.on("stream", ({ id = 0 }) => {
      watched.whole = Math.max(watched.whole, id);
    });
    session.once("close", () => this.#watched.delete(session));
  }

  #look(): void {
    for (const [session, watched] of this.#watched) {
      const begun = session.destroyed ? 0 : (session.state.lastProcStreamID ?? 0);
      if (begun <= watched.whole) {
        continue;
      }
      if (begun !== watched.begun) {
        watched.begun = begun;
        watched.looks = 0;
        askWhether(session, watched);
      } else if (++watched.looks * this.#lookMs >= this.#options.headersMs) {
        this.#options.logger.debug("headers did not come to an end in time");
        session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      }
    }
  }
}

/** Headers that were refused for their size end unheard. Between headers and their end nobody can answer a ping. */
function askWhether(session: ServerHttp2Session, watched: Watched): void {
  const { begun } = watched;
  session.ping((error) => {
    if (error === null) {
      watched.whole = Math.max(watched.whole, begun);
    }
  });
}
