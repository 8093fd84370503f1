import type { Socket } from "node:net";

/** How much of a new connection's first bytes is let through at once, in bytes: some requests, and not hundreds. */
const atOnceBytes = 4_096;

interface Waiting {
  readonly socket: Socket;
  readonly handOver: () => void;
}

/**
 * Hands new connections to their server, those that begin with much one in an iteration of the event loop. Node reads all that
 * has come of every connection in one iteration: where each of sixty begins with a hundred requests, the others would wait
 * until it has read six thousand. Of connections over TLS nothing is known before they are handed over, and those that were are not
 * held to it.
 */
export class HandsOverInTurn {
  readonly #waiting: Waiting[] = [];

  /** @param bytes how much of the connection has been read, in bytes */
  take(socket: Socket, bytes: number, handOver: () => void): void {
    if (bytes <= atOnceBytes) {
      handOver();
      return;
    }
    this.#waiting.push({ socket, handOver });
    if (this.#waiting.length === 1) {
      setImmediate(() => this.#goOn());
    }
  }

  #goOn(): void {
    const next = this.#waiting.shift();
    if (this.#waiting.length > 0) {
      setImmediate(() => this.#goOn());
    }
    if (next !== undefined && !next.socket.destroyed) {
      next.handOver();
    }
  }
}
