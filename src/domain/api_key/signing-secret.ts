import type { MasterKey } from "../../platform/master-key.js";

/** Which key a signing secret belongs to, by public ids. */
export interface SigningSecretOwner {
  readonly projectPublicId: string;
  readonly apiKeyPublicId: string;
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
