import { createHash, randomUUID } from "node:crypto";
import { signatureOf } from "./signature.js";

/** A request that is about to be sent. */
export interface RequestToSign {
  /** The public id of the key's project. */
  readonly projectId: string;
  /** The public id of the key. */
  readonly apiKeyId: string;
  /** The key's signing secret as it was shown, `sign_` included. */
  readonly signingSecret: string;
  /** Signed and returned in upper case; send it so. */
  readonly method: string;
  /** Path and query exactly as they go on the wire, percent-encoded: `/v1/orders?limit=10`. */
  readonly path: string;
  /** Exactly the bytes that are sent; text is sent as UTF-8. Default: no body. */
  readonly body?: string | Uint8Array;
  /** To the millisecond. Default: now. */
  readonly timestamp?: Date;
  /** 8 to 128 characters, never used before with this key. Default: a random UUID. */
  readonly nonce?: string;
}

/** The fields of VerifySignedRequestRequest that a signature is about, in the JSON form of protobuf. */
export interface SignedRequestFields {
  readonly apiKeyId: string;
  readonly projectId: string;
  /** RFC 3339, UTC, to the millisecond. */
  readonly timestamp: string;
  readonly nonce: string;
  readonly method: string;
  readonly path: string;
  /** Base64. */
  readonly bodySha256: string;
  /** Base64. */
  readonly signature: string;
}

/**
 * Signs a request with a key's signing secret, so that neither the key nor the secret travels.
 *
 * The signature covers key, project, time, nonce, method, path with query, and body. It is good once, within five minutes
 * of `timestamp` either way: sign again for each attempt. Send `apiKeyId`, `projectId`, `timestamp`, `nonce` and
 * `signature` along, in headers for instance; the API takes method, path and body from what it received.
 *
 * @example
 * const body = JSON.stringify({ sku: "A-1" });
 * const signed = signRequest({
 *   projectId: "7fqk2m9xw3tbzp",
 *   apiKeyId: "c4hn8rj6vys5da",
 *   signingSecret: process.env.ALTALUNE_SIGNING_SECRET ?? "",
 *   method: "POST",
 *   path: "/v1/orders?dry_run=1",
 *   body,
 * });
 * await fetch(`https://api.example.com${signed.path}`, {
 *   method: signed.method,
 *   body,
 *   headers: {
 *     "x-project-id": signed.projectId,
 *     "x-key-id": signed.apiKeyId,
 *     "x-timestamp": signed.timestamp,
 *     "x-nonce": signed.nonce,
 *     "x-signature": signed.signature,
 *   },
 * });
 *
 * @throws RangeError when a part holds a line break, the time is not one, or the signing secret is empty
 */
export function signRequest(request: RequestToSign): SignedRequestFields {
  const { projectId, apiKeyId, signingSecret, path, body = "", timestamp = new Date(), nonce = randomUUID() } = request;
  if (signingSecret === "") {
    throw new RangeError("signingSecret must not be empty");
  }
  const method = request.method.toUpperCase();
  const bodySha256 = createHash("sha256").update(body).digest();
  const time = timestamp.toISOString();
  const timestampMs = BigInt(timestamp.getTime());
  const parts = { apiKeyId, projectId, timestampMs, nonce, method, path, bodySha256 };
  return {
    apiKeyId,
    projectId,
    timestamp: time,
    nonce,
    method,
    path,
    bodySha256: bodySha256.toString("base64"),
    signature: signatureOf(parts, signingSecret).toString("base64"),
  };
}
