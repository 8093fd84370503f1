import { Agent, request } from "node:http";

export type Answer =
  | { readonly kind: "answered"; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** The connection broke: whether the call took effect is not known. */
  | { readonly kind: "lost" };

/** Calls an rpc, named as `ApiKeyService/CreateApiKey`. */
export type Rpc = (name: string, message: object) => Promise<Answer>;

/** Connect over JSON on connections that are kept: cheap enough to be the load of a storm. */
export function rpcOf(url: string, rootKey: string): Rpc {
  const agent = new Agent({ keepAlive: true });
  const headers = { "content-type": "application/json", authorization: `Bearer ${rootKey}` };
  return (name, message) => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const call = request(`${url}/altalune.v1.${name}`, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("error", () => resolve({ kind: "lost" }));
      response.on("end", () => {
        const body = JSON.parse(text) as Record<string, unknown>;
        resolve(
          response.statusCode === 200
            ? { kind: "answered", body }
            : { kind: "refused", code: String(body["code"]), message: String(body["message"]) },
        );
      });
    });
    call.on("error", () => resolve({ kind: "lost" }));
    call.end(JSON.stringify(message));
    return promise;
  };
}
