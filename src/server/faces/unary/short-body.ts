import type { IncomingMessage } from "node:http";

/** How long a body is waited for here, in milliseconds; slower ones are passed on. */
const timeoutMs = 100;

export interface ShortBodyReader {
  /** Given the whole body. */
  readonly whole: (body: Buffer) => void;
  /** Takes the request, of whose body nothing was read, because the client is slow. */
  readonly late: () => void;
  /** Told that the client has left before its body was there. */
  readonly left: () => void;
}

/**
 * Reads a body of a known length.
 *
 * It mostly comes in one segment with its headers: then it is there once the parser has gone through the segment, and none
 * of a stream's events, which cost as much as the rest of a warm call, is waited for.
 */
export function readShortBody(request: IncomingMessage, length: number, reader: ShortBodyReader): void {
  process.nextTick(() => {
    const body = request.read(length) as Buffer | null;
    if (body === null) {
      waitForBody(request, length, reader);
    } else {
      reader.whole(body);
    }
  });
}

function waitForBody(request: IncomingMessage, length: number, { whole, late, left }: ShortBodyReader): void {
  const settle = (): void => {
    clearTimeout(timer);
    request.off("readable", onReadable);
    request.off("aborted", onLeft);
  };
  // Gives nothing until all of it is there.
  const onReadable = (): void => {
    const body = request.read(length) as Buffer | null;
    if (body !== null) {
      settle();
      whole(body);
    }
  };
  const onLate = (): void => {
    settle();
    late();
  };
  const onLeft = (): void => {
    settle();
    left();
  };
  const timer = setTimeout(onLate, timeoutMs);
  request.on("readable", onReadable);
  request.on("aborted", onLeft);
}
