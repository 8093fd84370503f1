import type { TestInstance } from "../../support/instance.js";

/** An answer over REST. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON there is.
  readonly body: any;
}

/** What to send beside method and path. */
export interface RestRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another root key than the first; null: none. */
  readonly rootKey?: string | null;
}

/** Calls as a user of curl does: `POST /v1/projects`. */
export async function rest(
  { url, rootKey: first }: Pick<TestInstance, "url" | "rootKey">,
  line: string,
  { body, headers = {}, rootKey = first }: RestRequest = {},
): Promise<RestAnswer> {
  const [method = "", path = ""] = line.split(" ");
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(rootKey !== null && { authorization: `Bearer ${rootKey}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}
