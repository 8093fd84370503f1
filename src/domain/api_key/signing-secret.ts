import type { MasterKey } from "../../platform/master-key.js";
import { newSecret } from "./secret-format.js";

const signingSecretPrefix = "sign_";

/** Which key a signing secret belongs to, by public ids. */
export interface SigningSecretOwner {
  readonly projectPublicId: string;
  readonly apiKeyPublicId: string;
}

/** A new signing secret of a key, and its UTF-8 bytes as they are stored. */
export function newSigningSecret(
  masterKey: MasterKey,
  owner: SigningSecretOwner,
): { readonly secret: string; readonly ciphertext: Buffer } {
  const secret = newSecret(signingSecretPrefix);
  return { secret, ciphertext: sealSigningSecret(masterKey, owner, Buffer.from(secret)) };
}

/** The UTF-8 bytes of a signing secret as they are stored: encrypted for its key, so that a ciphertext that is moved to another key fails. */
export function sealSigningSecret(masterKey: MasterKey, owner: SigningSecretOwner, secret: Buffer): Buffer {
  return masterKey.encrypt(secret, placeOf(owner));
}

/**
 * The UTF-8 bytes of a stored signing secret.
 *
 * @throws DecryptionError
 */
export function openSigningSecret(masterKey: MasterKey, owner: SigningSecretOwner, ciphertext: Buffer): Buffer {
  return masterKey.decrypt(ciphertext, placeOf(owner));
}

function placeOf({ projectPublicId, apiKeyPublicId }: SigningSecretOwner): string {
  return `${projectPublicId}/${apiKeyPublicId}`;
}
