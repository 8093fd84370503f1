import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface RefusingPort extends AsyncDisposable {
  readonly port: number;
  release(): Promise<void>;
}

/**
 * A port of 127.0.0.1 where nobody listens, nor can before it is released: it is the near end of a connection. One that
 * was merely freed may be given to another test's server at once. Not for a server of one's own later: others' connections
 * may have the same port at their near end by then.
 */
export async function refusingPort(): Promise<RefusingPort> {
  const accepted: Socket[] = [];
  const far = createServer((socket) => accepted.push(socket)).listen(0, "127.0.0.1");
  await once(far, "listening");
  const near = connect((far.address() as AddressInfo).port, "127.0.0.1").resume();
  await once(near, "connect");
  const { localPort } = near;
  if (localPort === undefined) {
    throw new Error("a connection has a port on either end");
  }
  // Somebody else's may come as well: that of a test to a port of before.
  while (!accepted.some(({ remotePort }) => remotePort === localPort)) {
    await once(far, "connection");
  }
  const release = async () => {
    far.close();
    // By the far end: the port of the end that hangs up first is kept for late packets.
    for (const socket of accepted) {
      socket.destroy();
    }
    if (!near.closed) {
      await once(near, "close");
    }
  };
  return { port: localPort, release, [Symbol.asyncDispose]: release };
}
