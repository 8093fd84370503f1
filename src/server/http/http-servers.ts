import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import {
  constants,
  createServer as createHttp2Server,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Logger } from "pino";
import { refuseBadRequest, refuseExpectation } from "./bad-request.js";
import type { HttpRequest, HttpResponse } from "./http.js";
import { type ConnectionTimeouts, maxHeaderBytes, type StreamLimits, streamLimits } from "./limits.js";

/**
 * Takes a stream of HTTP/2 as it is. What makes streams look like requests of HTTP/1.1 costs as much as a short answer. What it has
 * read and cannot answer it passes on, to be a request like others.
 *
 * @returns whether it took the stream; if not, nothing was done
 */
export type TakeStream = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  passOn: (body: Buffer) => void,
) => boolean;

/** What both versions of HTTP need. The servers do not listen: connections are handed to them. */
export interface HttpServerOptions {
  /** @param body what was read of the request already, which is all of it; undefined: nothing */
  readonly onRequest: (request: HttpRequest, response: HttpResponse, body?: Buffer) => void;
  /** Takes streams before they are made requests; undefined: none. */
  readonly takeStream?: TakeStream | undefined;
  readonly timeouts: ConnectionTimeouts;
  /** `streamLimits` unless given. */
  readonly streams?: StreamLimits;
  readonly logger: Logger;
}

export function createHttp1({ onRequest, timeouts, logger }: HttpServerOptions): Http1Server {
  const server = createHttp1Server(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      keepAliveTimeout: timeouts.keepAlive,
      connectionsCheckingInterval: Math.min(timeouts.headers, 1_000),
      // Whoever takes the requests does require it, and answers with the headers of every answer.
      requireHostHeader: false,
    },
    onRequest,
  );
  server.on("checkExpectation", refuseExpectation);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    logger.debug({ err: error }, "request could not be read");
    refuseBadRequest(error, socket);
  });
  return server;
}

export function createHttp2({
  onRequest,
  takeStream,
  timeouts,
  streams: { maxConcurrentStreams, ...streams } = streamLimits,
  logger,
}: HttpServerOptions): Http2Server {
  const bodies = new WeakMap<ServerHttp2Stream, Buffer>();
  const server = createHttp2Server(
    { settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes }, ...streams },
    (request, response) => onRequest(request, response, bodies.get(request.stream)),
  );
  // What makes them requests, which Node has put there for the listener above.
  const serveAsRequest = server.listeners("stream");
  server.removeAllListeners("stream");
  server.on("stream", (stream, headers, flags, rawHeaders) => {
    if (headerListSize(rawHeaders) > maxHeaderBytes) {
      stream.on("error", (error) => logger.debug({ err: error }, "connection failed"));
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    }
    const serve = (body?: Buffer): void => {
      if (body !== undefined) {
        bodies.set(stream, body);
      }
      for (const listener of serveAsRequest) {
        listener.call(server, stream, headers, flags, rawHeaders);
      }
    };
    if (takeStream?.(stream, headers, serve) !== true) {
      serve();
    }
  });
  server.on("checkExpectation", refuseExpectation);
  server.on("session", (session) => {
    let openStreams = 0;
    session.on("stream", (stream) => {
      openStreams += 1;
      stream.once("close", () => {
        openStreams -= 1;
      });
    });
    // A session with an open stream, such as a health watch, may well be silent.
    session.setTimeout(timeouts.idleSession, () => {
      if (openStreams === 0) {
        session.close();
      }
    });
  });
  server.on("sessionError", (error) => logger.debug({ err: error }, "HTTP/2 session failed"));
  return server;
}

/** As RFC 9113 measures it (section 6.5.2). Node bounds it by itself, but only once the client has acknowledged the bound. */
function headerListSize(rawHeaders: readonly string[]): number {
  let size = 16 * rawHeaders.length;
  for (const text of rawHeaders) {
    size += text.length;
  }
  return size;
}
