import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from "node:http2";

/** How many requests of a session begin in one iteration of the event loop. */
const perIteration = 32;

interface Waiting {
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
}

interface Session {
  /** In this iteration. */
  begun: number;
  readonly waiting: Waiting[];
}

/**
 * Lets the requests of an HTTP/2 session begin some at a time, in their order. A segment may bring a thousand: all others would
 * wait for them, and those that the client takes back with the same segment would be served for nothing.
 */
export class StreamsInTurn {
  readonly #begin: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
  readonly #sessions = new WeakMap<Http2Session, Session>();

  constructor(begin: (request: Http2ServerRequest, response: Http2ServerResponse) => void) {
    this.#begin = begin;
  }

  /** Begins a request, or lets it wait for its turn. One whose session has ended is not begun. */
  take(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const { session: key } = request.stream;
    if (key === undefined) {
      return;
    }
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = { begun: 0, waiting: [] };
      this.#sessions.set(key, session);
    }
    if (session.begun === 0 && session.waiting.length === 0) {
      this.#inNextIteration(session);
    }
    session.waiting.push({ request, response });
    this.#beginSome(session);
  }

  #inNextIteration(session: Session): void {
    setImmediate(() => {
      session.begun = 0;
      this.#beginSome(session);
      if (session.begun > 0) {
        this.#inNextIteration(session);
      }
    });
  }

  #beginSome(session: Session): void {
    while (session.begun < perIteration) {
      const next = session.waiting.shift();
      if (next === undefined) {
        break;
      }
      if (!next.request.stream.destroyed) {
        session.begun += 1;
        this.#begin(next.request, next.response);
      }
    }
  }
}
