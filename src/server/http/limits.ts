/** What one caller may ask of the transport. */

/** Of all headers of a request together, in bytes. */
export const maxHeaderBytes = 16 * 1024;

/** Of a unary call, in milliseconds. A client that asks for more gets this. */
export const maxCallMs = 30_000;

/** Of a stream, in milliseconds, where a client names a deadline; Node's timers overflow at 24.8 days. */
export const maxStreamMs = 24 * 60 * 60 * 1000;

/** Streams of one HTTP/2 session that are open at once. */
export const maxConcurrentStreams = 250;

/** How many streams the client of a session may open and take back: so many at once, and so many a second. Beyond, the session ends. */
export interface StreamResets {
  readonly streamResetBurst: number;
  readonly streamResetRate: number;
}

/** Of anybody, such as all that are open: what was begun for each would have been for nothing. */
export const streamResets: StreamResets = { streamResetBurst: maxConcurrentStreams, streamResetRate: 50 };

/** Of gateways, which take back a question when its client has left: clients must not end the connection that all questions take. */
export const gatewayStreamResets: StreamResets = { streamResetBurst: 100_000, streamResetRate: 10_000 };

/** Health watches that are open at once: anybody may open one, and each looks once a second for as long as it stays. */
export const maxWatches = 1_000;

/** What may lie unread of the answers on all connections together, in bytes. */
export const maxUnreadBytes = 64 * 1024 * 1024;

/** How patient the server is with slow and silent clients, in milliseconds. */
export interface ConnectionTimeouts {
  /** From a connection's start until it is clear what it speaks, its TLS handshake included. */
  readonly greeting: number;
  /** From a request's first byte to the end of its headers. */
  readonly headers: number;
  /** From a request's first byte to its last (HTTP/1.1). */
  readonly request: number;
  /** How long an idle HTTP/1.1 connection is kept. */
  readonly keepAlive: number;
  /** How long a silent HTTP/2 session is kept once it has no stream. */
  readonly idleSession: number;
  /** How long an answer may lie unread. */
  readonly unread: number;
  /** How long connections get to end by themselves once the server closes. */
  readonly closeGrace: number;
}

export const connectionTimeouts: ConnectionTimeouts = {
  greeting: 10_000,
  headers: 15_000,
  request: 60_000,
  keepAlive: 65_000, // more than the 60 s of common load balancers, so that they end a connection, not we
  idleSession: 5 * 60_000,
  unread: 30_000,
  closeGrace: 1_000,
};
