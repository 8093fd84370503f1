import type { DescMethodUnary } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";
import { restTransport } from "../../support/rest-transport.js";
import { goodRequest, type Target } from "./requests.js";

/** What became of a call. */
export interface Outcome {
  /** `ok`, or the name of the code that it was refused with. */
  readonly code: string;
  /** Of google.rpc.ErrorInfo; empty without. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What was answered, if it was not refused. */
  readonly message: unknown;
}

export const rootKeyInvalid = { code: "Unauthenticated", reason: "ROOT_KEY_INVALID" };
export const ownerCredentialInvalid = { code: "Unauthenticated", reason: "OWNER_CREDENTIAL_INVALID" };
export const projectNotFound = { code: "NotFound", reason: "PROJECT_NOT_FOUND" };
export const apiKeyNotFound = { code: "NotFound", reason: "API_KEY_NOT_FOUND" };
export const permissionMissing = { code: "PermissionDenied", reason: "PERMISSION_MISSING" };

export function connectTo(baseUrl: string): Transport {
  return createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false });
}

/** The faces by which every rpc is reached. */
export function facesOf(url: string): readonly (readonly [name: string, transport: Transport])[] {
  return [
    ["Connect", connectTo(url)],
    ["REST", restTransport(url, undefined, connectTo(url))],
  ];
}

/** Calls an rpc with a good request and these headers. */
export async function call(
  transport: Transport,
  method: DescMethodUnary,
  target: Target,
  headers: Readonly<Record<string, string>>,
): Promise<Outcome> {
  return outcomeOf(transport.unary(method, undefined, undefined, headers, goodRequest(method, target)));
}

export async function outcomeOf(pending: Promise<{ readonly message: unknown }>): Promise<Outcome> {
  try {
    const { message } = await pending;
    return { code: "ok", reason: "", metadata: {}, message };
  } catch (error) {
    const refused = ConnectError.from(error);
    const info = refused.findDetails(ErrorInfoSchema)[0];
    return {
      code: Code[refused.code] ?? "",
      reason: info?.reason ?? "",
      metadata: { ...info?.metadata },
      message: undefined,
    };
  }
}

export function bearer(rootKey: string): Record<string, string> {
  return { authorization: `Bearer ${rootKey}` };
}
