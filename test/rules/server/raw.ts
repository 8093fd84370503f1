import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Sends pieces over a bare socket, one write each, and returns all that comes back until the server ends the connection or
 * is silent for `quietMs`.
 */
export async function exchange(port: number, pieces: readonly (string | Buffer)[], quietMs = 300): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  const received: Buffer[] = [];
  let quiet = 0;
  let ended = false;
  socket.on("data", (chunk) => {
    received.push(chunk);
    quiet = 0;
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    ended = true;
  });
  for (const piece of pieces) {
    socket.write(piece);
    await delay(2);
  }
  // Counted in naps, in which a server in this process had its turn, however long they took.
  while (!ended && quiet < quietMs) {
    await delay(10);
    quiet += 10;
  }
  socket.destroy();
  return Buffer.concat(received);
}

/** Of HTTP/2: a frame with its head. */
export function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** What a client of HTTP/2 begins with: the magic, and settings as they are. */
export const clientPreface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(4, 0, 0, Buffer.alloc(0)),
]);

/** Headers as literals of HPACK, without Huffman's code and without a place in the table (RFC 7541, 6.2.2). */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** A string of fewer than 127 bytes. */
function text(value: string): Buffer {
  return Buffer.from([value.length, ...Buffer.from(value)]);
}
