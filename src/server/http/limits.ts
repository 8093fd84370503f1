/** What one caller may ask of the transport. */

/** Of all headers of a request together, in bytes. */
export const maxHeaderBytes = 16 * 1024;

/** Of a unary call, in milliseconds. A client that asks for more gets this. */
export const maxCallMs = 30_000;

/** Of a stream, in milliseconds, where a client names a deadline; Node's timers overflow at 24.8 days. */
export const maxStreamMs = 24 * 60 * 60 * 1000;

/** What the client of an HTTP/2 session may do with its streams; the names are Node's. */
export interface StreamLimits {
  /**
   * How many are open at once; others are refused. For Node those are open too that were taken back a moment ago, so that a
   * client which keeps to the number meets it all the same.
   */
  readonly maxConcurrentStreams: number;
  /** How many may be refused in a row. Beyond, the session ends. */
  readonly maxSessionRejectedStreams: number;
  /** How many may be taken back at once, ... */
  readonly streamResetBurst: number;
  /** ... and how many a second. Beyond, the session ends. */
  readonly streamResetRate: number;
  /** In MB, for all that a session holds. Beyond, streams are refused. */
  readonly maxSessionMemory: number;
}

/** Of anybody. What was begun for each that is taken back would have been for nothing. */
export const streamLimits: StreamLimits = {
  maxConcurrentStreams: 250,
  maxSessionRejectedStreams: 100,
  streamResetBurst: 250,
  streamResetRate: 50,
  maxSessionMemory: 10,
};

/** Of gateways, which take back a question when its client has left: clients must not end the connection that all questions take. */
export const gatewayStreamLimits: StreamLimits = {
  maxConcurrentStreams: 10_000,
  maxSessionRejectedStreams: 2 ** 31, // never
  streamResetBurst: 100_000,
  streamResetRate: 10_000,
  maxSessionMemory: 100,
};

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
