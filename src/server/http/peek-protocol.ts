import type { Socket } from "node:net";

/** What every HTTP/2 client sends first (RFC 9113, section 3.4). No HTTP/1.1 request starts like it. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/**
 * Reads as much of a new connection as tells HTTP/2 from HTTP/1.1, puts it back, and says which it is. A connection that
 * does not say so in time is closed.
 *
 * @param found is told the protocol, and how many bytes were put back
 */
export function peekProtocol(
  socket: Socket,
  timeoutMs: number,
  found: (protocol: "h2" | "http/1.1", bytes: number) => void,
): void {
  let seen = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);

  const onReadable = (): void => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      seen = Buffer.concat([seen, chunk as Buffer]);
    }
    const compared = Math.min(seen.length, preface.length);
    const alike = preface.subarray(0, compared).equals(seen.subarray(0, compared));
    if (alike && compared < preface.length) {
      return;
    }
    settle();
    socket.unshift(seen);
    found(alike ? "h2" : "http/1.1", seen.length);
  };
  const onEnd = (): void => {
    settle();
    socket.destroy();
  };
  const settle = (): void => {
    clearTimeout(timer);
    socket.off("readable", onReadable);
    socket.off("end", onEnd);
    socket.off("close", settle);
  };
  socket.on("readable", onReadable);
  socket.on("end", onEnd);
  socket.on("close", settle);
}
