import { connect } from "node:net";

/** How long the server may say nothing before we take it that nothing more will come. */
const silenceMs = 2_000;

/** Writes bytes to a bare socket, and reads until the server ends the connection or falls silent. */
export async function talk(port: number, bytes: string | Uint8Array, timeoutMs = silenceMs): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const received: Buffer[] = [];
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(timeoutMs, resolve);
  socket.on("data", (chunk) => received.push(chunk));
  socket.on("error", () => resolve());
  socket.on("close", () => resolve());
  socket.write(bytes);
  await promise;
  socket.destroy();
  return Buffer.concat(received);
}
