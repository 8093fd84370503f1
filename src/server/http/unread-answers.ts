import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Logger } from "pino";

/** How often it looks, in milliseconds. */
const lookMs = 1_000;

export interface UnreadAnswersOptions {
  /** How long an answer may lie unread, in milliseconds. */
  readonly unreadMs: number;
  /** What may lie unread of all connections together, in bytes. */
  readonly maxUnreadBytes: number;
  readonly logger: Logger;
}

/** What answers of a connection lie here because their client does not read them. */
interface Watched {
  readonly socket: Socket;
  /** Of HTTP/2: the streams that are open. */
  readonly streams: Set<ServerHttp2Stream> | undefined;
  unread: number;
  /** What has gone out when the client was last seen reading. */
  written: number;
  readAt: number;
}

/**
 * Closes connections whose clients do not read their answers: each after a time without any progress, and, while more lies
 * unread than may, those that have not read for longest. Anybody may ask for answers; what nobody reads must not stay.
 */
export class UnreadAnswers {
  readonly #options: UnreadAnswersOptions;
  readonly #watched = new Map<Socket, Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UnreadAnswersOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  watch(socket: Socket): void {
    this.#add(socket, undefined);
  }

  /** @param socket what the session was opened on */
  watchSession(socket: Socket, session: ServerHttp2Session): void {
    const streams = new Set<ServerHttp2Stream>();
    session.on("stream", (stream) => {
      streams.add(stream);
      stream.once("close", () => streams.delete(stream));
    });
    this.#add(socket, streams);
  }

  look(): void {
    const now = performance.now();
    let unread = 0;
    for (const watched of this.#watched.values()) {
      note(watched, now);
      if (watched.unread > 0 && now - watched.readAt > this.#options.unreadMs) {
        this.#cut(watched, "an answer was not read in time");
      } else {
        unread += watched.unread;
      }
    }
    if (unread > this.#options.maxUnreadBytes) {
      this.#cutBelow(unread);
    }
  }

  #add(socket: Socket, streams: Watched["streams"]): void {
    this.#watched.set(socket, { socket, streams, unread: 0, written: 0, readAt: performance.now() });
    socket.once("close", () => this.#watched.delete(socket));
  }

  #cutBelow(unread: number): void {
    let left = unread;
    const slowestFirst = [...this.#watched.values()]
      .filter((watched) => watched.unread > 0)
      .sort((a, b) => a.readAt - b.readAt);
    for (const watched of slowestFirst) {
      if (left <= this.#options.maxUnreadBytes) {
        return;
      }
      left -= watched.unread;
      this.#cut(watched, "too many answers lie unread");
    }
  }

  #cut(watched: Watched, why: string): void {
    this.#options.logger.debug({ unread_bytes: watched.unread }, `connection closed: ${why}`);
    this.#watched.delete(watched.socket);
    watched.socket.destroy();
  }
}

function note(watched: Watched, now: number): void {
  const { socket, streams } = watched;
  const pending = socket.writableLength + sum(streams);
  // What went to the system in between is progress, and so is less than before.
  const written = socket.bytesWritten - socket.writableLength;
  if (pending === 0 || watched.unread === 0 || written !== watched.written || pending < watched.unread) {
    watched.readAt = now;
  }
  watched.unread = pending;
  watched.written = written;
}

function sum(streams: Watched["streams"]): number {
  let total = 0;
  for (const stream of streams ?? []) {
    total += stream.writableLength;
  }
  return total;
}
