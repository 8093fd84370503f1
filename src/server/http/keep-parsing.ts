import type { Socket } from "node:net";

interface Parser {
  pause(): void;
  resume(): void;
}

/**
 * Keeps Node from pausing its parser of an HTTP/1.1 connection over TLS.
 *
 * Where a request comes while the answer before has not gone out, Node stops reading the socket, and pauses the parser with it. Of
 * TLS it has then decrypted more than it has read, which still comes, and a parser that is paused takes that for a malformed
 * request: the client gets 400, or its connection cut. Reading is stopped all the same, and `AnswersInTurn` bounds what waits.
 *
 * @param socket which Node's HTTP server has been given
 */
export function keepParsing(socket: Socket): void {
  const { parser } = socket as Socket & { readonly parser?: Parser | null };
  if (parser) {
    parser.pause = () => undefined;
    parser.resume = () => undefined;
  }
}
