import { fromBinary } from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";

/** What came of a call. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: Readonly<Record<string, unknown>> }
  /** `reason` is of google.rpc.ErrorInfo; empty without. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly reason: string }
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
        : {
            kind: "refused",
            code: String(answer["code"]),
            message: String(answer["message"]),
            reason: reasonIn(answer["details"]),
          };
    } catch {
      return { kind: "lost" };
    }
  };
}

function reasonIn(details: unknown): string {
  const info = (details as readonly { type: string; value: string }[] | undefined)?.find(
    ({ type }) => type === ErrorInfoSchema.typeName,
  );
  return info === undefined ? "" : fromBinary(ErrorInfoSchema, Buffer.from(info.value, "base64")).reason;
}
