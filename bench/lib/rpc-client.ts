import { BareConnection, headEnd } from "./bare-connection.js";

/** Calls rpcs as JSON on bare connections. */
export class RpcClient {
  readonly #address: URL;
  readonly #head: string;
  readonly #idle: BareConnection[] = [];
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
      ...(await Promise.all(Array.from({ length: connections }, () => BareConnection.open(this.#address)))),
    );
  }

  async #exchange(rpc: string, body: object): Promise<string> {
    const connection = this.#idleOne() ?? (await BareConnection.open(this.#address));
    const payload = JSON.stringify(body);
    const length = `Content-Length: ${Buffer.byteLength(payload)}`;
    const answer = await connection.exchange(
      `POST /altalune.v1.${rpc} HTTP/1.1\r\n${this.#head}${length}${headEnd}${payload}`,
    );
    this.#idle.push(connection);
    if (answer.status !== 200) {
      throw new Error(`not a success: ${answer.text}`);
    }
    return answer.body;
  }

  /** Those that lie idle for long are closed. */
  #idleOne(): BareConnection | undefined {
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

/** All of these, from one of them on: by turns, as the place goes up. */
export function startingAt(place: number, rpcs: readonly RpcClient[]): readonly RpcClient[] {
  const first = place % rpcs.length;
  return [...rpcs.slice(first), ...rpcs.slice(0, first)];
}
