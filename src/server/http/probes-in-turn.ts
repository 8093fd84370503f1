import type { HttpRequest, HttpResponse } from "./http.js";

/** How many answers to probes a session may leave unread. */
const maxUnread = 16;

interface Turns {
  begun: number;
  readonly waiting: (() => void)[];
}

/**
 * Answers the probes of an HTTP/2 session some at a time: the next when one has gone out. They are answered at once, so that those
 * that have not gone out are those that the client does not read, of which it may ask for as many as it may open streams.
 *
 * Those of HTTP/1.1 are answered in turn anyway, see `AnswersInTurn`.
 */
export class ProbesInTurn {
  readonly #sessions = new WeakMap<object, Turns>();

  take(request: HttpRequest, response: HttpResponse, begin: () => void): void {
    const session = "stream" in request ? request.stream.session : undefined;
    if (session === undefined) {
      begin();
      return;
    }
    let turns = this.#sessions.get(session);
    if (turns === undefined) {
      turns = { begun: 0, waiting: [] };
      this.#sessions.set(session, turns);
    }
    const { waiting } = turns;
    const go = begun(turns, response, begin);
    if (turns.begun < maxUnread) {
      go();
    } else {
      waiting.push(go);
    }
  }
}

/** Begins a probe, unless its client has taken it back meanwhile, and the next one after it. */
function begun(turns: Turns, response: HttpResponse, begin: () => void): () => void {
  const next = (): void => turns.waiting.shift()?.();
  return () => {
    if (response.destroyed) {
      next();
      return;
    }
    turns.begun += 1;
    response.once("close", () => {
      turns.begun -= 1;
      next();
    });
    begin();
  };
}
