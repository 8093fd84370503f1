import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";

/** A header as it goes over the wire; a name may come again. */
export type Header = readonly [name: string, value: string];

export interface Question {
  /** Behind the `?` at exactly the path. */
  readonly query?: string;
  /** In the place of `/forward-auth?<query>`. */
  readonly target?: string;
  readonly headers?: readonly Header[];
  readonly method?: string;
  readonly body?: string;
}

/** What a gateway hears. */
export interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Asks as a gateway does, with just these headers. */
export async function askAt(url: string, question: Question): Promise<Heard> {
  const { query = "", target = `/forward-auth?${query}`, headers = [], method = "GET", body } = question;
  const { hostname, port, host } = new URL(url);
  const sent = request({
    hostname,
    port,
    method,
    path: target,
    headers: ["Host", host, ...headers.flat()],
    agent: false,
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body: (await buffer(response)).toString(),
  };
}

/** The same with a root key. */
export async function ask(
  { url, rootKey }: { readonly url: string; readonly rootKey: string },
  question: Question,
): Promise<Heard> {
  return askAt(url, { ...question, headers: [["X-Altalune-Root-Key", rootKey], ...(question.headers ?? [])] });
}

/** What a refusal says, beside its texts. */
export function outcomeOf({ status, headers, body }: Heard): object {
  return {
    status,
    code: headers["x-altalune-code"],
    trueStatus: headers["x-altalune-status"],
    ...(body === "" ? {} : { reason: (JSON.parse(body) as { readonly reason?: string }).reason }),
  };
}

export function refusal(status: number, code: string, trueStatus = status): object {
  return { status, code, trueStatus: String(trueStatus), reason: code };
}

export const passed = { status: 200, code: undefined, trueStatus: undefined };
