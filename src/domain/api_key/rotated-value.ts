import type { MasterKey } from "../../platform/master-key.js";

/** Which key a value belongs to, by public ids. */
export interface RotatedValueOwner {
  readonly projectPublicId: string;
  readonly apiKeyPublicId: string;
}

/** The UTF-8 bytes of a value that waits to be claimed, as they are stored: for its key, and as nothing else of it. */
export function sealRotatedValue(masterKey: MasterKey, owner: RotatedValueOwner, value: Buffer): Buffer {
  return masterKey.encrypt(value, placeOf(owner));
}

/**
 * The UTF-8 bytes of a value that waits.
 *
 * @throws DecryptionError
 */
export function openRotatedValue(masterKey: MasterKey, owner: RotatedValueOwner, sealed: Buffer): Buffer {
  return masterKey.decrypt(sealed, placeOf(owner));
}

/** Another than that of a key's signing secret, so that neither opens in the other's place. */
function placeOf({ projectPublicId, apiKeyPublicId }: RotatedValueOwner): string {
  return `${projectPublicId}/${apiKeyPublicId}/value`;
}
