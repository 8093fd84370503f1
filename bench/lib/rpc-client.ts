import { Agent, request } from "node:http";

/** Calls rpcs as JSON over HTTP/1.1 on connections that are kept: little work of its own, so that it is not what is measured. */
export class RpcClient {
  readonly #url: string;
  readonly #rootKey: string;
  readonly #agent: Agent;

  constructor({ url, rootKey }: { readonly url: string; readonly rootKey: string }, connections: number) {
    this.#url = url;
    this.#rootKey = rootKey;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws when the answer is not a success */
  async call(rpc: string, body: object): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const payload = JSON.stringify(body);
    const call = request(
      `${this.#url}/altalune.v1.${rpc}`,
      {
        method: "POST",
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${this.#rootKey}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(payload),
        },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          answer += chunk;
        });
        response.on("error", reject);
        response.on("end", () =>
          response.statusCode === 200 ? resolve(answer) : reject(new Error(`${response.statusCode}: ${answer}`)),
        );
      },
    );
    call.on("error", reject);
    call.end(payload);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
