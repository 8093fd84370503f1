import { once } from "node:events";
import { connect, isIP, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Connection, type ConnectionConfig } from "pg";
import type { ConnectionTarget, Encryption, Host } from "./connection-url.js";

/** One way to try: a host, and how it is spoken to. */
interface Way {
  readonly host: Host;
  readonly encryption: Encryption;
}

export interface FindingOptions {
  readonly target: ConnectionTarget;
  /** The order of the hosts: those that have served come first. */
  readonly hosts: readonly Host[];
  /** How long one of several hosts may take, in milliseconds. */
  readonly hostTimeoutMs: number;
  readonly onFound: (host: Host) => void;
}

/** What the driver's connection has and its types leave out. */
interface Driver {
  stream: Socket;
  _connecting: boolean;
  _ending: boolean;
  attachListeners(stream: Socket): void;
}

/** Asks a server for TLS. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** The server starts, stops or recovers: libpq tries the next host then. */
const cannotConnectNow = "57P03";

/** The server has no TLS, or it could not be had: the same host may do otherwise. */
class NoTlsError extends Error {}

/**
 * The driver's connection, which finds its way as libpq does: through several hosts, with TLS or without. Of several hosts a
 * standby is passed by, since we write.
 *
 * Each way is: open (to a socket, encrypted if it is to be) → in use (the driver sends its startup) → settled, once the
 * server is ready. Before that, the server's first word may lead to the next way, and so does its host's silence.
 */
export class FindingConnection extends Connection {
  readonly #options: FindingOptions;
  readonly #ways: readonly Way[];
  readonly #failures: Error[] = [];
  /** Runs until the host is ready, over all of its ways. */
  #timer: NodeJS.Timeout | undefined;
  #timedHost: Host | undefined;
  #isTimeUp = false;
  /** Goes to the next host, while one is in use that is not ready. */
  #leave: ((error: Error) => void) | undefined;

  constructor(options: FindingOptions) {
    // This socket stands for all until there is one; it is never connected.
    super({ stream: () => new Socket() } as ConnectionConfig);
    this.#options = options;
    this.#ways = options.hosts.flatMap((host) =>
      (host.name.startsWith("/") ? (["plain"] as const) : options.target.encryptions).map((encryption) => ({
        host,
        encryption,
      })),
    );
  }

  get #driver(): Driver {
    return this as unknown as Driver;
  }

  /** Called by the driver, with the first host and port, which the ways hold too. */
  connect(): void {
    this.#driver._connecting = true;
    void this.#follow(0);
  }

  async #follow(index: number): Promise<void> {
    const way = this.#ways[index] as Way;
    this.#giveTime(way.host);
    try {
      this.#use(await this.#open(way), index);
    } catch (error) {
      this.#failures.push(error as Error);
      const next = error instanceof NoTlsError && !this.#isTimeUp ? this.#nextOfHost(index) : undefined;
      const goOn = next ?? this.#nextHost(index);
      if (goOn === undefined || this.#driver._ending) {
        this.#fail();
      } else {
        await this.#follow(goOn);
      }
    }
  }

  #giveTime(host: Host): void {
    const { hosts, hostTimeoutMs } = this.#options;
    if (hosts.length === 1 || host === this.#timedHost) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timedHost = host;
    this.#isTimeUp = false;
    this.#timer = setTimeout(() => {
      this.#isTimeUp = true;
      const error = new Error("timeout expired");
      if (this.#leave === undefined) {
        this.#driver.stream.destroy(error);
      } else {
        this.#leave(error);
      }
    }, hostTimeoutMs).unref();
  }

  /** It is ready, or over. */
  #settle(): void {
    clearTimeout(this.#timer);
    this.#leave = undefined;
  }

  async #open({ host, encryption }: Way): Promise<Socket> {
    const { target } = this.#options;
    const socket = host.name.startsWith("/")
      ? connect(`${host.name}/.s.PGSQL.${host.port}`)
      : connect(host.port, host.address ?? host.name);
    this.#driver.stream = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    try {
      await connected(socket, "connect");
      if (encryption === "plain") {
        return socket;
      }
      if (!target.directTls && !(await offersTls(socket))) {
        if (encryption === "tls-if-offered") {
          return socket;
        }
        throw new NoTlsError("the server does not support SSL connections, which sslmode asks for");
      }
      return await this.#encrypt(socket, host);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async #encrypt(socket: Socket, host: Host): Promise<Socket> {
    const { tls, directTls } = this.#options.target;
    const secure = connectTls({
      socket,
      host: host.name,
      ...(isIP(host.name) === 0 ? { servername: host.name } : {}),
      ...(directTls ? { ALPNProtocols: ["postgresql"] } : {}),
      ...tls,
    });
    this.#driver.stream = secure;
    try {
      await connected(secure, "secureConnect");
      return secure;
    } catch (error) {
      secure.destroy();
      throw new NoTlsError((error as Error).message, { cause: error });
    }
  }

  #use(stream: Socket, index: number): void {
    const driver = this.#driver;
    driver.stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      const expected = driver._ending && ["ECONNRESET", "EPIPE"].includes(error.code ?? "");
      if (stream === driver.stream && !expected) {
        this.emit("error", error);
      }
    });
    stream.on("close", () => {
      if (stream === driver.stream) {
        this.#settle();
        this.emit("end");
      }
    });
    driver.attachListeners(stream);
    this.#watch(stream, index);
    this.emit("connect");
  }

  /** Looks at what the server says until it is ready, and then no more: each row would be looked at, too. */
  #watch(stream: Socket, index: number): void {
    const emit = super.emit.bind(this);
    let answered = false;
    let left = false;
    const leave = (next: number | undefined): true => {
      left = true;
      this.#leave = undefined;
      stream.destroy();
      this.emit = emit;
      if (next === undefined) {
        this.#fail();
      } else {
        void this.#follow(next);
      }
      return true;
    };
    this.#leave = (error) => {
      this.#failures.push(error);
      leave(this.#driver._ending ? undefined : this.#nextHost(index));
    };
    const watching = (event: string, ...args: unknown[]): boolean => {
      const next = left ? undefined : this.#instead(event, args[0], index, answered);
      if (left) {
        // What else was read with that.
        return true;
      }
      if (next !== undefined) {
        return leave(next);
      }
      answered ||= event.startsWith("authentication");
      if (event === "readyForQuery") {
        this.emit = emit;
        this.#settle();
        this.#options.onFound((this.#ways[index] as Way).host);
      }
      return emit(event, ...args);
    };
    this.emit = watching;
  }

  /** The way to go on by, if what the server says asks for another. */
  #instead(event: string, message: unknown, index: number, answered: boolean): number | undefined {
    const { code, parameterName, parameterValue } = (message ?? {}) as Readonly<Record<string, unknown>>;
    if (event === "errorMessage" && !answered) {
      this.#failures.push(message as Error);
      return this.#nextOfHost(index) ?? (code === cannotConnectNow ? this.#nextHost(index) : undefined);
    }
    const standby = event === "parameterStatus" && parameterName === "in_hot_standby" && parameterValue === "on";
    return standby ? this.#nextHost(index) : undefined;
  }

  #nextOfHost(index: number): number | undefined {
    return this.#ways[index + 1]?.host === this.#ways[index]?.host ? index + 1 : undefined;
  }

  #nextHost(index: number): number | undefined {
    const next = this.#ways.findIndex(({ host }, i) => i > index && host !== this.#ways[index]?.host);
    return next === -1 ? undefined : next;
  }

  #fail(): void {
    this.#settle();
    const [first, ...others] = this.#failures;
    const error =
      others.length === 0
        ? first
        : Object.assign(new Error([...new Set(this.#failures.map(sentenceOf))].join("; ")), {
            code: codeOf(others.at(-1)),
          });
    this.emit("error", error);
    this.emit("end");
  }
}

function codeOf(error: Error | undefined): unknown {
  return error && Reflect.get(error.cause ?? error, "code");
}

/** Of the attempts at several addresses of one host, Node's error has a code and no message. */
function sentenceOf(error: Error): string {
  return error.message || String(codeOf(error));
}

/** Resolves at the event. @throws when the socket ends before */
async function connected(socket: Socket, event: "connect" | "secureConnect" | "data"): Promise<unknown[]> {
  const over = new AbortController();
  try {
    const closed = once(socket, "close", { signal: over.signal }).then(() => {
      throw new Error("Connection terminated unexpectedly");
    });
    closed.catch(() => undefined);
    return await Promise.race([once(socket, event, { signal: over.signal }), closed]);
  } finally {
    over.abort();
  }
}

async function offersTls(socket: Socket): Promise<boolean> {
  const answer = connected(socket, "data");
  socket.write(sslRequest);
  const [bytes] = (await answer) as [Buffer];
  // Nothing may come with the answer: it would be taken for what is encrypted.
  if (bytes.length === 1 && (bytes[0] === 0x53 || bytes[0] === 0x4e)) {
    return bytes[0] === 0x53;
  }
  throw new NoTlsError("there was an error establishing an SSL connection");
}
