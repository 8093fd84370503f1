/** What came of a call. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: Readonly<Record<string, unknown>> }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** The connection broke: whether the call took effect is not known. */
  | { readonly kind: "lost" };

/** Calls an rpc, named as `ApiKeyService/CreateApiKey`. */
export type CallRpc = (rpc: string, request: object) => Promise<Outcome>;

/** Connect over JSON, as plain as curl: what runs without a build has no generated client. */
export function connectJson(url: string, rootKey: string): CallRpc {
  return async (rpc, request) => {
    try {
      const response = await fetch(`${url}/altalune.v1.${rpc}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${rootKey}` },
        body: JSON.stringify(request),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      return response.ok
        ? { kind: "answered", answer }
        : { kind: "refused", code: String(answer["code"]), message: String(answer["message"]) };
    } catch {
      return { kind: "lost" };
    }
  };
}
