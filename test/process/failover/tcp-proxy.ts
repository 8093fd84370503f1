import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to a database that a test can block. */
export interface TcpProxy {
  /** The database's URL, by this way. */
  readonly url: string;
  /** Ends all connections and refuses new ones, as a database that is down. */
  cut(): Promise<void>;
  /** Goes on, to another address if one is given. */
  restore(databaseUrl?: string): Promise<void>;
  /** Accepts connections and forwards nothing, as a database that hangs, until it is thawed. */
  freeze(): void;
  thaw(): void;
  /** Passes on what clients send, and nothing that the database says, until it is thawed. */
  muteAnswers(): void;
  /** Passes commits on, and nothing that the database says to them: what is committed from now on, nobody hears of. */
  muteCommits(): void;
  close(): Promise<void>;
}

/** @param onSent told of what clients send */
export async function startTcpProxy(
  databaseUrl: string,
  onSent: (bytes: Buffer) => void = () => undefined,
): Promise<TcpProxy> {
  let target = new URL(databaseUrl);
  let frozen = false;
  let muting = false;
  const sockets = new Set<Socket>();
  const outwards = new Set<Socket>();
  let server = createServer(accept);
  const port = await listen(server, 0);
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);

  function accept(inward: Socket): void {
    const outward = connect(Number(target.port || 5432), target.hostname);
    outwards.add(outward);
    for (const [from, to] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        outwards.delete(from);
        to.destroy();
      });
      from.on("data", (bytes) => {
        if (from === inward) {
          onSent(bytes);
        }
        if (muting && from === inward && bytes.includes("commit\0")) {
          outward.pause();
        }
        to.write(bytes);
      });
      from.on("end", () => to.end());
      if (frozen) {
        from.pause();
      }
    }
  }

  const cut = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
    await closed;
  };
  return {
    url: url.href,
    cut,
    async restore(other) {
      if (other !== undefined) {
        target = new URL(other);
      }
      server = createServer(accept);
      await listen(server, port);
    },
    freeze() {
      frozen = true;
      for (const socket of sockets) {
        socket.pause();
      }
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) {
        socket.resume();
      }
    },
    muteAnswers() {
      for (const socket of outwards) {
        socket.pause();
      }
    },
    muteCommits() {
      muting = true;
    },
    async close() {
      if (server.listening) {
        await cut();
      }
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
