import { once } from "node:events";
import type { Socket } from "node:net";
import type { Loop } from "../lib/closed-loops.js";
import type { Encoding } from "./requests.js";

const headEnd = "\r\n\r\n";
const lengthName = "content-length: ";
/** How every good answer begins: valid, and by which code. */
export const goodBody: Readonly<Record<Encoding, string>> = { json: '{"valid":true,', binary: "\x08\x01\x10\x01" };

/** One connection, with one request on its way at a time. */
export class LoadSocket implements Loop {
  readonly #socket: Socket;
  readonly #goodBody: string;
  #received = "";
  #answered: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, good: string) {
    this.#socket = socket;
    this.#goodBody = good;
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#onText(text));
    socket.on("error", (error) => this.#failed?.(error));
    socket.on("close", () => this.#failed?.(new Error("the server closed the connection")));
  }

  /** @param good how the body of a good answer begins */
  static async open(socket: Socket, good: string): Promise<LoadSocket> {
    await once(socket, "connect");
    return new LoadSocket(socket, good);
  }

  /**
   * Sends what `next` gives until it gives nothing, and closes.
   *
   * @param onAnswer told how many milliseconds an answer took
   * @throws when an answer is not the expected one
   */
  async loop(next: () => Buffer | undefined, onAnswer: (ms: number) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let sentAt = 0;
    const send = (): void => {
      const request = next();
      if (request === undefined) {
        resolve();
        return;
      }
      sentAt = performance.now();
      this.#socket.write(request);
    };
    this.#failed = reject;
    this.#answered = () => {
      onAnswer(performance.now() - sentAt);
      send();
    };
    send();
    try {
      await promise;
    } finally {
      this.#failed = undefined;
      this.#socket.destroy();
    }
  }

  #onText(text: string): void {
    this.#received = this.#received === "" ? text : this.#received + text;
    const head = this.#received.indexOf(headEnd);
    if (head === -1) {
      return;
    }
    const at = this.#received.toLowerCase().indexOf(lengthName);
    const bodyAt = head + headEnd.length;
    const whole = bodyAt + Number.parseInt(this.#received.slice(at + lengthName.length, head), 10);
    if (this.#received.length < whole) {
      return;
    }
    const answer = this.#received;
    this.#received = "";
    if (!answer.startsWith("HTTP/1.1 200 ") || !answer.startsWith(this.#goodBody, bodyAt) || answer.length > whole) {
      this.#failed?.(new Error(`not the expected answer: ${answer.slice(0, 1_000)}`));
      return;
    }
    this.#answered?.();
  }
}
