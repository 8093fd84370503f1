import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface RefusingPort extends AsyncDisposable {
  readonly port: number;
}

/**
 * A port of 127.0.0.1 where nobody listens, nor can before this is disposed: it is the near end of a connection. One that
 * was merely freed may be given to another test's server at once. Not for a server of one's own later: others' connections
 * may have the same port at their near end by then.
 */
export async function refusingPort(): Promise<RefusingPort> {
  const accepted: Socket[] = [];
  const far = createServer((socket) => accepted.push(socket.on("error", () => undefined))).listen(0, "127.0.0.1");
  await once(far, "listening");
  const near = connect((far.address() as AddressInfo).port, "127.0.0.1");
  await once(near, "connect");
  const { localPort } = near;
  if (localPort === undefined) {
    throw new Error("a connection has a port on either end");
  }
  return {
    port: localPort,
    async [Symbol.asyncDispose]() {
      for (const socket of [near, ...accepted]) {
        socket.destroy();
      }
      far.close();
    },
  };
}
