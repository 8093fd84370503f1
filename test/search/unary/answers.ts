import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A response, with nothing decoded. */
export interface Answer {
  readonly status: string;
  /** In their order and spelling. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What came back on a connection. */
export interface Heard {
  readonly answers: readonly Answer[];
  /** Bytes that are no whole answer. */
  readonly rest: string;
  readonly closed: boolean;
}

/** What goes out on a connection. */
export interface Spoken {
  /** Written one after the other, in segments of their own. */
  readonly segments: readonly Buffer[];
  /** Which methods are answered, so that it is known when all answers are there. */
  readonly methods: readonly string[];
}

const timeoutMs = 10_000;

/** Writes to a bare socket, and reads until all requests are answered or the server closes. Bytes as Latin-1. */
export async function speak(port: number, { segments, methods }: Spoken): Promise<Heard> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  let received = "";
  let closed = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    if (parse(received, methods).answers.filter(isFinal).length >= methods.length) {
      resolve();
    }
  });
  socket.on("error", () => undefined);
  const closing = Promise.withResolvers<void>();
  socket.on("close", () => {
    closed = true;
    closing.resolve();
    resolve();
  });
  for (const [i, segment] of segments.entries()) {
    if (i > 0) {
      await delay(1);
    }
    if (!closed) {
      socket.write(segment);
    }
  }
  await promise;
  clearTimeout(timer);
  // A server that closes behind its last answer does so at once.
  if (/^connection: close$/im.test(received) && !closed) {
    await Promise.race([closing.promise, delay(1_000)]);
  }
  const heard = { ...parse(received, methods), closed };
  socket.destroy();
  return heard;
}

function isFinal({ status }: Answer): boolean {
  return !status.startsWith("HTTP/1.1 1");
}

function parse(text: string, methods: readonly string[]): Omit<Heard, "closed"> {
  const answers: Answer[] = [];
  let rest = text;
  for (;;) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd === -1) {
      return { answers, rest };
    }
    const [status = "", ...lines] = rest.slice(0, headEnd).split("\r\n");
    const headers = lines.map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    });
    const method = methods[answers.filter(isFinal).length] ?? "";
    const body = bodyOf(status, headers, method, rest.slice(headEnd + 4));
    if (body === undefined) {
      return { answers, rest };
    }
    answers.push({ status, headers, body: body.text });
    rest = body.rest;
  }
}

function bodyOf(
  status: string,
  headers: Answer["headers"],
  method: string,
  after: string,
): { readonly text: string; readonly rest: string } | undefined {
  const header = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  if (method === "HEAD" || /^HTTP\/1\.1 (1\d\d|204|304)/.test(status)) {
    return { text: "", rest: after };
  }
  if (header("transfer-encoding") === "chunked") {
    // A last chunk, trailers or none, an empty line.
    const end = /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(after);
    const at = end === null ? 0 : end.index + end[0].length;
    return end === null ? undefined : { text: after.slice(0, at), rest: after.slice(at) };
  }
  const length = Number(header("content-length") ?? 0);
  return after.length < length ? undefined : { text: after.slice(0, length), rest: after.slice(length) };
}
