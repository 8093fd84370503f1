import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import { constants, createServer as createHttp2Server, type Http2Server, type Http2ServerRequest } from "node:http2";
import type { Logger } from "pino";
import { refuseBadRequest, refuseExpectation } from "./bad-request.js";
import type { HttpRequest, HttpResponse } from "./http.js";
import { type ConnectionTimeouts, maxConcurrentStreams, maxHeaderBytes, streamResets } from "./limits.js";

/** What both versions of HTTP need. The servers do not listen: connections are handed to them. */
export interface HttpServerOptions {
  readonly onRequest: (request: HttpRequest, response: HttpResponse) => void;
  readonly timeouts: ConnectionTimeouts;
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

export function createHttp2({ onRequest, timeouts, logger }: HttpServerOptions): Http2Server {
  const server = createHttp2Server(
    { settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes }, ...streamResets },
    (request, response) => {
      if (headerListSize(request) > maxHeaderBytes) {
        request.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      } else {
        onRequest(request, response);
      }
    },
  );
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
function headerListSize({ rawHeaders }: Http2ServerRequest): number {
  let size = 16 * rawHeaders.length;
  for (const text of rawHeaders) {
    size += text.length;
  }
  return size;
}
