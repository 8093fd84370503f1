import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpRequest, HttpResponse } from "./http.js";

/** How much that waits stops the reading: in requests, and in characters of their headers. */
interface Bound {
  readonly requests: number;
  readonly headers: number;
}

/** From here on no more of a connection is read; a segment may bring more than that at once. */
const readUntil: Bound = { requests: 32, headers: 64 * 1024 };
/** How much may wait on all connections together; the one that goes beyond is closed. */
const maxWaiting: Bound = { requests: 32_768, headers: 32 * 1024 * 1024 };

/**
 * Serves the requests of an HTTP/1.1 connection one at a time, in their order: the next when the answer to the one before
 * is with the system. Node would begin all that a client sends without waiting, and keep their answers until it reads.
 *
 * Those that memory answers at once are not held: they are answered by the end of the iteration in which they come.
 *
 * Requests of HTTP/2 are served as they come: their number is bounded by its streams, and what they leave unread by
 * `UnreadAnswers`.
 */
export class AnswersInTurn {
  readonly #begin: (request: HttpRequest, response: HttpResponse) => void;
  readonly #connections = new WeakMap<Socket, Connection>();
  /** On all connections. */
  readonly #waiting = none();

  /** @param begin serves a request; the next of its connection begins when the responses have ended that it has held */
  constructor(begin: (request: HttpRequest, response: HttpResponse) => void) {
    this.#begin = begin;
  }

  /** Begins a request, or lets it wait for its turn. */
  take(request: HttpRequest, response: HttpResponse): void {
    const connection = request.httpVersionMajor === 1 ? this.#connections.get(request.socket) : undefined;
    if (connection === undefined || (connection.held === 0 && connection.waiting.length === 0)) {
      this.#begin(request, response);
      return;
    }
    if (isFull(this.#waiting, maxWaiting)) {
      connection.socket.destroy();
      return;
    }
    const turn = {
      request: request as IncomingMessage,
      response: response as ServerResponse,
      headers: sizeOf(request.rawHeaders),
    };
    connection.waiting.push(turn);
    this.#count(connection, turn, 1);
    this.#pauseIfFull(connection);
  }

  /** Lets the requests that follow on the connection wait until this response has ended. */
  hold(request: HttpRequest, response: HttpResponse): void {
    if (request.httpVersionMajor !== 1) {
      return;
    }
    const connection = this.#connectionOf(request.socket);
    connection.held += 1;
    response.once("close", () => {
      connection.held -= 1;
      // Not in the same turn of the event loop, in which the other connections would have to wait for all of this one.
      setImmediate(() => this.#goOn(connection));
    });
  }

  #connectionOf(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      const opened: Connection = {
        socket,
        held: 0,
        waiting: [],
        waits: none(),
        paused: false,
      };
      socket.once("close", () => this.#drop(opened));
      this.#connections.set(socket, opened);
      connection = opened;
    }
    return connection;
  }

  #goOn(connection: Connection): void {
    // A response of a connection that is gone would never end, and what it holds never be let go.
    while (connection.held === 0 && connection.socket.writable) {
      const turn = connection.waiting.shift();
      if (turn === undefined) {
        break;
      }
      this.#count(connection, turn, -1);
      this.#begin(turn.request, turn.response);
    }
    if (connection.paused && !isFull(connection.waits, readUntil)) {
      connection.paused = false;
      connection.socket.resume();
    } else if (connection.paused) {
      // Node goes on reading once a request is over, this turn or the next.
      setImmediate(() => this.#pauseIfFull(connection));
    }
  }

  #pauseIfFull(connection: Connection): void {
    if (isFull(connection.waits, readUntil) && !connection.socket.destroyed) {
      connection.paused = true;
      connection.socket.pause();
    }
  }

  /** What waits on a connection that is gone is never served. */
  #drop(connection: Connection): void {
    for (const turn of connection.waiting) {
      this.#count(connection, turn, -1);
    }
    connection.waiting = [];
  }

  #count(connection: Connection, { headers }: Turn, by: 1 | -1): void {
    for (const waits of [connection.waits, this.#waiting]) {
      waits.requests += by;
      waits.headers += by * headers;
    }
  }
}

function none() {
  return { requests: 0, headers: 0 };
}

function isFull(waiting: Bound, most: Bound): boolean {
  return waiting.requests >= most.requests || waiting.headers >= most.headers;
}

function sizeOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((size, text) => size + text.length, 0);
}

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** How long its headers are, in characters. */
  readonly headers: number;
}

interface Connection {
  readonly socket: Socket;
  /** Responses that the next waits for. */
  held: number;
  /** Those that wait. */
  waiting: Turn[];
  /** How much that is. */
  readonly waits: { -readonly [name in keyof Bound]: number };
  paused: boolean;
}
