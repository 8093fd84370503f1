import { request } from "node:http";

/** What is asked for; with a message, by POST. */
export interface Target {
  readonly url: string;
  readonly message?: object;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** A request with these headers, by turns a name and a value, as they are: twice, joined, in any case. */
export function ask({ url, message }: Target, headers: readonly string[] = []): Promise<Answer> {
  const body = message && JSON.stringify(message);
  const own = [
    "Host",
    new URL(url).host,
    ...(body ? ["Content-Type", "application/json", "Content-Length", String(body.length)] : []),
  ];
  return new Promise((resolve, reject) => {
    const method = body ? "POST" : "GET";
    const sent = request(url, { method, headers: [...own, ...headers], agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, value && [value].flat().join(", ")]),
          ),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
