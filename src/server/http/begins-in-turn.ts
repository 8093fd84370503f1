import { FairQueue } from "../../platform/fair-queue.js";
import type { HttpRequest } from "./http.js";

/** How many requests begin in one iteration of the event loop. */
const perIteration = 16;

interface Waiting {
  readonly request: HttpRequest;
  readonly begin: () => void;
}

/**
 * Lets requests begin some at a time, those of each actor in turn. All that has come would begin in one iteration of the event
 * loop otherwise: a segment of HTTP/2 may bring a thousand, which the client takes back with the same segment, and hundreds of
 * connections one each.
 */
export class BeginsInTurn {
  readonly #actorOf: (request: HttpRequest) => string;
  readonly #waiting = new FairQueue<Waiting>();
  #begun = 0;

  /** @param actorOf for whom a request is, as far as memory knows */
  constructor(actorOf: (request: HttpRequest) => string) {
    this.#actorOf = actorOf;
  }

  /** Begins a request, or lets it wait for its turn. */
  take(request: HttpRequest, begin: () => void): void {
    if (this.#begun < perIteration && this.#waiting.size === 0) {
      this.#count();
      begin();
    } else {
      this.#waiting.add(this.#actorOf(request), { request, begin });
    }
  }

  #count(): void {
    if (this.#begun === 0) {
      setImmediate(() => this.#goOn());
    }
    this.#begun += 1;
  }

  #goOn(): void {
    this.#begun = 0;
    while (this.#begun < perIteration) {
      const [, next] = this.#waiting.take() ?? [];
      if (next === undefined) {
        break;
      }
      if (!isGone(next.request)) {
        this.#count();
        next.begin();
      }
    }
  }
}

/** Whether the client has left, or has taken its request back. */
function isGone(request: HttpRequest): boolean {
  return "stream" in request ? request.stream.destroyed : request.socket.destroyed;
}
