/**
 * What a signed request is signed over: the canonical string of docs/signed-requests.md. Signers and the server share this
 * one definition; the test vectors in docs/ hold it to what clients in other languages compute.
 */
import { createHmac } from "node:crypto";

/** Names the format, so that no signature of one format is ever good in another. */
const version = "altalune-signed-request-v1";

/** The parts of a request that its signature covers. */
export interface SignedParts {
  readonly apiKeyId: string;
  readonly projectId: string;
  /** Milliseconds since 1970, whole. */
  readonly timestampMs: bigint;
  readonly nonce: string;
  /** In upper case: methods are told apart by case. */
  readonly method: string;
  /** With the query, as on the wire. */
  readonly path: string;
  /** SHA-256 of the body, 32 bytes. */
  readonly bodySha256: Uint8Array;
}

/**
 * Eight lines, joined by line feeds. As no part may hold a line break, no two requests have the same string.
 *
 * @throws RangeError when a part holds a line break; its value is not told
 */
export function canonicalString(parts: SignedParts): string {
  const { apiKeyId, projectId, timestampMs, nonce, method, path, bodySha256 } = parts;
  for (const [name, text] of Object.entries({ apiKeyId, projectId, nonce, method, path })) {
    if (/[\r\n]/.test(text)) {
      throw new RangeError(`${name} must not hold a line break`);
    }
  }
  const bodyHash = Buffer.from(bodySha256).toString("hex");
  return [version, apiKeyId, projectId, String(timestampMs), nonce, method, path, bodyHash].join("\n");
}

/**
 * HMAC-SHA-256 over the UTF-8 bytes of the canonical string, 32 bytes.
 *
 * @param signingSecret the UTF-8 bytes of the signing secret as it was shown, `sign_` included
 * @throws RangeError when a part holds a line break
 */
export function signatureOf(parts: SignedParts, signingSecret: string | Buffer): Buffer {
  return createHmac("sha256", signingSecret).update(canonicalString(parts)).digest();
}
