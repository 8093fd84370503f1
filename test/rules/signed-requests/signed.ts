import { type RequestToSign, type SignedRequestFields, signRequest } from "@altalune/sdk";
import { fromJson, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import {
  VerificationCode,
  type VerifyApiKeyResponse,
  type VerifySignedRequestRequest,
  VerifySignedRequestRequestSchema,
} from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";

/** Who signs. */
export interface SigningKey {
  readonly projectId: string;
  readonly apiKeyId: string;
  readonly signingSecret: string;
}

/** A key with a signing secret, in a project of its own unless one is named. */
export async function newSigningKey(
  clients: Clients,
  settings: Parameters<Clients["apiKeys"]["createApiKey"]>[0] = {},
): Promise<SigningKey> {
  const projectId = settings.projectId ?? (await newProject(clients));
  const { id, signingSecret } = await newApiKey(clients, projectId, { ...settings, withSigningSecret: true });
  return { projectId, apiKeyId: id, signingSecret };
}

/** A request of this key, signed now and with a nonce of its own unless told otherwise. */
export function signedBy(key: SigningKey, parts: Partial<RequestToSign> = {}): VerifySignedRequestRequest {
  return messageOf(signRequest({ ...key, method: "POST", path: "/v1/orders?dry_run=1", body: "{}", ...parts }));
}

export function messageOf(fields: SignedRequestFields): VerifySignedRequestRequest {
  return fromJson(VerifySignedRequestRequestSchema, fields as unknown as JsonValue);
}

/** The name of the verdict on a signed request, such as `REPLAYED`. */
export async function verdictOn(
  { clients }: Pick<TestInstance, "clients">,
  request: MessageInitShape<typeof VerifySignedRequestRequestSchema>,
): Promise<string> {
  return nameOf(await clients.verification.verifySignedRequest(request));
}

export function nameOf({ valid, code }: VerifyApiKeyResponse): string {
  if (valid !== (code === VerificationCode.VALID)) {
    throw new Error(`valid is ${valid} with ${VerificationCode[code]}`);
  }
  return VerificationCode[code] ?? "";
}
