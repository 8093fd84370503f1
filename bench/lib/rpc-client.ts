import { once } from "node:events";
import { connect, type Socket } from "node:net";

const headEnd = "\r\n\r\n";
const lengthHeader = /\r\ncontent-length: (\d+)\r\n/i;

interface Exchange {
  readonly resolve: (body: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Calls rpcs as JSON over HTTP/1.1 on bare connections that are kept: the machine's cores are shared with what is measured,
 * and Node's own client would take as much of them as a tenth of the service.
 */
export class RpcClient {
  readonly #address: URL;
  readonly #head: string;
  readonly #idle: RpcConnection[] = [];
  readonly #most: number;
  #used = 0;
  /** Those whose calls wait for a connection. */
  readonly #waiting: (() => void)[] = [];

  /** @param most connections at once; a call that finds none free waits for one */
  constructor({ url, rootKey }: { readonly url: string; readonly rootKey: string }, most = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#address = new URL(url);
    this.#head = `Host: ${this.#address.host}\r\nAuthorization: Bearer ${rootKey}\r\nContent-Type: application/json\r\n`;
  }

  /** On a connection of its own while it goes on. @throws when the answer is not a success */
  async call(rpc: string, body: object): Promise<string> {
    if (this.#used >= this.#most) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    this.#used += 1;
    try {
      return await this.#exchange(rpc, body);
    } finally {
      this.#used -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Opens so many connections ahead. */
  async open(connections: number): Promise<void> {
    this.#idle.push(
      ...(await Promise.all(Array.from({ length: connections }, () => RpcConnection.open(this.#address)))),
    );
  }

  async #exchange(rpc: string, body: object): Promise<string> {
    const connection = this.#idleOne() ?? (await RpcConnection.open(this.#address));
    const payload = JSON.stringify(body);
    const length = `Content-Length: ${Buffer.byteLength(payload)}`;
    const answer = await connection.exchange(
      `POST /altalune.v1.${rpc} HTTP/1.1\r\n${this.#head}${length}${headEnd}${payload}`,
    );
    this.#idle.push(connection);
    return answer;
  }

  /** The server closes those that lie idle for long. */
  #idleOne(): RpcConnection | undefined {
    let connection = this.#idle.pop();
    while (connection?.isClosed) {
      connection = this.#idle.pop();
    }
    return connection;
  }

  /** Once no call is under way. */
  close(): void {
    for (const connection of this.#idle) {
      connection.close();
    }
  }
}

class RpcConnection {
  readonly #socket: Socket;
  #received = "";
  #exchange: Exchange | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#onText(text));
    socket.on("error", (error) => this.#exchange?.reject(error));
    socket.on("close", () => this.#exchange?.reject(new Error("the server closed the connection")));
  }

  static async open({ hostname, port }: URL): Promise<RpcConnection> {
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new RpcConnection(socket);
  }

  get isClosed(): boolean {
    return this.#socket.destroyed || this.#socket.readyState !== "open";
  }

  async exchange(request: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#exchange = { resolve, reject };
    this.#socket.write(request);
    return promise;
  }

  close(): void {
    this.#exchange = undefined;
    this.#socket.destroy();
  }

  #onText(text: string): void {
    this.#received += text;
    const headLength = this.#received.indexOf(headEnd) + headEnd.length;
    if (headLength < headEnd.length) {
      return;
    }
    const head = this.#received.slice(0, headLength);
    const length = Number(lengthHeader.exec(head)?.[1]);
    if (this.#received.length - headLength < length) {
      return;
    }
    const body = Buffer.from(this.#received.slice(headLength), "latin1").toString();
    this.#received = "";
    const exchange = this.#exchange;
    if (head.startsWith("HTTP/1.1 200 ") && body.length <= length) {
      exchange?.resolve(body);
    } else {
      exchange?.reject(new Error(`not a success: ${head}${body}`));
    }
  }
}

/** All of these, from one of them on: by turns, as the place goes up. */
export function startingAt(place: number, rpcs: readonly RpcClient[]): readonly RpcClient[] {
  const first = place % rpcs.length;
  return [...rpcs.slice(first), ...rpcs.slice(0, first)];
}
