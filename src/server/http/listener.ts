import { once } from "node:events";
import type { ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { HandsOverInTurn } from "./hands-over-in-turn.js";
import { createHttp1, createHttp2, type HttpServerOptions } from "./http-servers.js";
import { keepParsing } from "./keep-parsing.js";
import { maxUnreadBytes } from "./limits.js";
import { ListenError, type ListenSettings } from "./listen-error.js";
import { peekProtocol } from "./peek-protocol.js";
import { UnfinishedHeaders } from "./unfinished-headers.js";
import { UnreadAnswers } from "./unread-answers.js";

/** A certificate chain and its private key, both PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface ListenerOptions extends HttpServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly tls?: TlsIdentity | undefined;
  /** What an error names when it cannot listen; HOST and PORT unless given. */
  readonly settings?: ListenSettings;
}

export interface Listener {
  readonly port: number;
  /** Stops listening, lets idle connections go, and soon after the others. */
  close(): Promise<void>;
}

/** Gives a connection to the server of the version of HTTP that it speaks. */
type HandOver = (protocol: "h2" | "http/1.1", socket: Socket) => void;

/**
 * One port for both versions of HTTP. The port's own server only finds out what a connection speaks (by ALPN over TLS,
 * else by its first bytes) and hands it to one of two servers that do not listen themselves.
 *
 * @throws {ListenError}
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host, logger, timeouts, tls } = options;
  const http1 = createHttp1(options);
  const http2 = createHttp2(options);
  const sessions = new Set<ServerHttp2Session>();
  const unfinished = new UnfinishedHeaders({ headersMs: timeouts.headers, logger });
  http2.on("session", (session) => {
    unfinished.watch(session);
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });

  const unread = new UnreadAnswers({ unreadMs: timeouts.unread, maxUnreadBytes, logger });
  const port = createPort(options, (protocol, socket) => {
    // Node remembers an address that it was asked for; of a client that has left, it could not tell any more.
    void socket.remoteAddress;
    if (protocol === "h2") {
      http2.once("session", (session) => unread.watchSession(socket, session));
      http2.emit("connection", socket);
    } else {
      unread.watch(socket);
      http1.emit("connection", socket);
      if (tls !== undefined) {
        keepParsing(socket);
      }
    }
  });
  const sockets = new Set<Socket>();
  port.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", (error) => logger.debug({ err: error }, "connection failed"));
  });
  // Node starts to watch the timeouts of HTTP/1.1 connections when their server listens, which ours does in its stead.
  port.once("listening", () => http1.emit("listening"));

  port.listen({ host, port: options.port });
  try {
    await once(port, "listening");
  } catch (error) {
    throw new ListenError(host, options.port, error as NodeJS.ErrnoException, options.settings);
  }
  unread.start();
  unfinished.start();
  port.on("error", (error) => logger.error({ err: error }, "listener failed"));

  const close = async (): Promise<void> => {
    const closed = once(port, "close");
    port.close();
    http1.close();
    for (const session of sessions) {
      session.close();
    }
    const graceOver = new AbortController();
    const grace = delay(timeouts.closeGrace, undefined, { signal: graceOver.signal }).catch(() => undefined);
    await Promise.race([closed, grace]);
    graceOver.abort();
    for (const socket of sockets) {
      socket.destroy();
    }
    await closed;
    unread.stop();
    unfinished.stop();
  };
  let closing: Promise<void> | undefined;
  return {
    port: (port.address() as AddressInfo).port,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function createPort({ tls, timeouts, logger }: ListenerOptions, handOver: HandOver): Server {
  if (tls === undefined) {
    const turns = new HandsOverInTurn();
    return createTcpServer({ noDelay: true }, (socket) => {
      peekProtocol(socket, timeouts.greeting, (protocol, bytes) =>
        turns.take(socket, bytes, () => handOver(protocol, socket)),
      );
    });
  }
  const port = createTlsServer({
    ...tls,
    ALPNProtocols: ["h2", "http/1.1"],
    minVersion: "TLSv1.2",
    handshakeTimeout: timeouts.greeting,
    noDelay: true,
  });
  port.on("secureConnection", (socket: TLSSocket) => {
    socket.on("error", (error) => logger.debug({ err: error }, "connection failed"));
    handOver(socket.alpnProtocol === "h2" ? "h2" : "http/1.1", socket);
  });
  port.on("tlsClientError", (error) => logger.debug({ err: error }, "TLS handshake failed"));
  return port;
}
