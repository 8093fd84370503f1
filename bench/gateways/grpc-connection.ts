import { once } from "node:events";
import type { Socket } from "node:net";
import type { Loop } from "../lib/closed-loops.js";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const headBytes = 9;
const type = { data: 0, headers: 1, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
const reset = 3;
const flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;

/** What a client may have unread of all answers together, topped up when so much of it is used. */
const window = 0x7fff_0000;
const topUpAt = 1 << 24;

/** How an answer that lets pass begins: a message that is not compressed, whose first field is a status of OK. */
const good = { compressed: 0, field: 0x0a, length: 0 };

interface Question {
  readonly sentAt: number;
  readonly answered: (ms: number) => void;
  readonly failed: (error: Error) => void;
  passed: boolean;
}

/**
 * HTTP/2 as far as questions over gRPC need it, written by hand: Node's own client would take as much of the machine's cores as
 * what is measured. Headers of answers are not looked into; that each lets pass is.
 */
export class GrpcConnection {
  readonly #socket: Socket;
  readonly #asked = new Map<number, Question>();
  #received: Buffer = Buffer.alloc(0);
  #nextStream = 1;
  #used = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.#onBytes(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
    socket.write(Buffer.concat([Buffer.from(preface), frame(type.settings, 0, 0), windowUpdate(window)]));
  }

  static async open(socket: Socket): Promise<GrpcConnection> {
    await once(socket, "connect");
    return new GrpcConnection(socket);
  }

  /** One that has one question on its way at a time, beside others on this connection. */
  stream(): Loop {
    return {
      loop: async (next, onAnswer) => {
        for (let question = next(); question !== undefined; question = next()) {
          onAnswer(await this.#ask(question));
        }
      },
    };
  }

  close(): void {
    this.#socket.removeAllListeners("close").destroy();
  }

  /** @param question frames whose stream is left open */
  #ask(question: Buffer): Promise<number> {
    const id = this.#nextStream;
    this.#nextStream += 2;
    const bytes = Buffer.from(question);
    bytes.writeUInt32BE(id, 5);
    bytes.writeUInt32BE(id, headBytes + bytes.readUIntBE(0, 3) + 5);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#asked.set(id, { sentAt: performance.now(), answered: resolve, failed: reject, passed: false });
    this.#socket.write(bytes);
    return promise;
  }

  #onBytes(bytes: Buffer): void {
    const all = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    let at = 0;
    while (all.length >= at + headBytes && all.length >= at + headBytes + all.readUIntBE(at, 3)) {
      const end = at + headBytes + all.readUIntBE(at, 3);
      this.#onFrame(all[at + 3] ?? 0, all[at + 4] ?? 0, all.readUInt32BE(at + 5), all.subarray(at + headBytes, end));
      at = end;
    }
    this.#received = all.subarray(at);
  }

  #onFrame(kind: number, flags: number, id: number, payload: Buffer): void {
    const question = this.#asked.get(id);
    if (kind === type.data) {
      this.#count(payload.length);
      if (question !== undefined && payload.length > 0) {
        question.passed = payload[0] === good.compressed && payload[5] === good.field && payload[6] === good.length;
      }
    } else if (kind === type.settings && (flags & flag.ack) === 0) {
      this.#socket.write(frame(type.settings, flag.ack, 0));
    } else if (kind === type.ping && (flags & flag.ack) === 0) {
      this.#socket.write(frame(type.ping, flag.ack, 0, payload));
    } else if (kind === type.goAway || kind === reset) {
      this.#fail(new Error(`the server ended the ${kind === reset ? "stream" : "connection"}`));
    }
    if (question !== undefined && (kind === type.data || kind === type.headers) && (flags & flag.endStream) !== 0) {
      this.#asked.delete(id);
      if (question.passed) {
        question.answered(performance.now() - question.sentAt);
      } else {
        question.failed(new Error("not the expected answer"));
      }
    }
  }

  #count(bytes: number): void {
    this.#used += bytes;
    if (this.#used > topUpAt) {
      this.#socket.write(windowUpdate(this.#used));
      this.#used = 0;
    }
  }

  #fail(error: Error): void {
    for (const { failed } of this.#asked.values()) {
      failed(error);
    }
    this.#asked.clear();
  }
}

/** A question's two frames, for any stream: a call of a path, with a message. */
export function questionFrames(path: string, headers: Readonly<Record<string, string>>, message: Uint8Array): Buffer {
  const named = { ":method": "POST", ":scheme": "http", ":authority": "altalune", ":path": path, ...headers };
  const fields = Object.entries(named).flatMap(([name, value]) => [
    // A literal without the table, so that the same bytes say the same on any connection.
    Buffer.from([0]),
    text(name),
    text(value),
  ]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([
    frame(type.headers, flag.endHeaders, 0, Buffer.concat(fields)),
    frame(type.data, flag.endStream, 0, Buffer.concat([head, message])),
  ]);
}

/** A text of HPACK as it stands. A length of one byte goes up to 126: 127 says that more of it follows. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length > 126) {
    throw new Error(`a header of ${bytes.length} bytes is longer than is written here`);
  }
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function frame(kind: number, flags: number, id: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = kind;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(type.windowUpdate, 0, 0, payload);
}
