import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** As load balancers do, a connection that lies idle is given up before the service gives it up, after 65 s. */
const idleMs = 60_000;

export const headEnd = "\r\n\r\n";
const lengthHeader = /\r\ncontent-length: (\d+)\r\n/i;

export interface BareAnswer {
  readonly status: number;
  readonly body: string;
  /** All of it, as it came. */
  readonly text: string;
}

interface Exchange {
  readonly resolve: (answer: BareAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * HTTP/1.1 on a connection that is kept, one exchange at a time: the machine's cores are shared with what is measured, and
 * Node's own client would take as much of them as a tenth of the service. Answers say their length.
 */
export class BareConnection {
  readonly #socket: Socket;
  #received = "";
  #exchange: Exchange | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on("data", (text: string) => this.#onText(text));
    socket.on("error", (error) => this.#exchange?.reject(error));
    socket.on("close", () => this.#exchange?.reject(new Error("the server closed the connection")));
  }

  static async open({ hostname, port }: URL): Promise<BareConnection> {
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new BareConnection(socket);
  }

  get isClosed(): boolean {
    return this.#socket.destroyed || this.#socket.readyState !== "open";
  }

  /** @param request all of it, as it goes over the wire */
  async exchange(request: string): Promise<BareAnswer> {
    if (this.isClosed) {
      throw new Error("the server closed the connection");
    }
    const { promise, resolve, reject } = Promise.withResolvers<BareAnswer>();
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
    const excess = this.#received.length - headLength - length;
    if (excess < 0) {
      return;
    }
    const answer = this.#received;
    this.#received = "";
    if (excess === 0) {
      const body = Buffer.from(answer.slice(headLength), "latin1").toString();
      this.#exchange?.resolve({ status: Number(head.split(" ", 2)[1]), body, text: answer });
    } else {
      this.#exchange?.reject(new Error(`more than an answer, or one that does not say its length: ${answer}`));
    }
  }
}
