import { Agent, request as http1Request, type IncomingHttpHeaders } from "node:http";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders as Http2Headers } from "node:http2";
import { buffer } from "node:stream/consumers";

/** A request, byte for byte. */
export interface WireRequest {
  /** With its query, as it stands in the request line. */
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether the length of the body stands in a header. Otherwise: over HTTP/1.1, not over HTTP/2. */
  readonly sized?: boolean;
}

/** A response, with nothing decoded. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders | Http2Headers;
  readonly body: Buffer;
  readonly trailers: NodeJS.Dict<string | string[]>;
}

/** Connections to one server. Neither compresses, so that what comes back can be read as it is. */
export class Wire {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #session: ClientHttp2Session | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async http1({ path, method = "POST", headers = {}, body = "", sized = true }: WireRequest): Promise<WireAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
    const bytes = Buffer.from(body as Uint8Array);
    const { hostname, port } = new URL(this.#url);
    const framing = sized ? { "content-length": bytes.length } : { "transfer-encoding": "chunked" };
    const request = http1Request(
      { hostname, port, path, method, agent: this.#agent, headers: { ...framing, ...headers } },
      async (response) => {
        try {
          const received = await buffer(response);
          const { statusCode: status = 0, trailers } = response;
          resolve({ status, headers: response.headers, body: received, trailers });
        } catch (error) {
          reject(error);
        }
      },
    );
    request.on("error", reject);
    request.end(bytes);
    return promise;
  }

  async http2({ path, method = "POST", headers = {}, body = "", sized = false }: WireRequest): Promise<WireAnswer> {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      // Node's client goes on counting the bodies that it could not send to the end, and at its limit refuses to read.
      this.#session = connect(this.#url, { maxSessionMemory: 1_000 });
      this.#session.on("error", () => undefined);
    }
    const ends = method === "GET" || method === "HEAD";
    const bytes = Buffer.from(body as Uint8Array);
    const framing = sized && !ends ? { "content-length": bytes.length } : {};
    const stream = this.#session.request(
      { ":method": method, ":path": path, te: "trailers", ...framing, ...headers },
      { endStream: ends },
    );
    let answer: Omit<WireAnswer, "body"> = { status: 0, headers: {}, trailers: {} };
    stream.on("response", (received) => {
      answer = { ...answer, status: Number(received[":status"]), headers: received };
    });
    stream.on("trailers", (trailers) => {
      answer = { ...answer, trailers };
    });
    if (!ends) {
      stream.end(bytes);
    }
    return { body: await buffer(stream), ...answer };
  }

  close(): void {
    this.#agent.destroy();
    this.#session?.destroy();
  }
}

/** All of a response in one string, bytes as Latin-1. */
export function wholeText({ status, headers, body, trailers }: WireAnswer): string {
  return `${status} ${JSON.stringify(headers)}\n${body.toString("latin1")}\n${JSON.stringify(trailers)}`;
}
