import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceLength = 12;
const tagLength = 16;

/** Authenticated encryption with associated data: AES-256-GCM, a random nonce to each text. */
export class Aead {
  readonly #key: Buffer;

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /**
   * @param associated what the text belongs to; it opens with nothing else
   * @returns nonce (12 bytes) ‖ encrypted text ‖ tag (16)
   */
  seal(text: Buffer, associated: Buffer): Buffer {
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(algorithm, this.#key, nonce).setAAD(associated);
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  /** @returns undefined for what was not sealed by this key, for something else, or was altered */
  open(sealed: Buffer, associated: Buffer): Buffer | undefined {
    if (sealed.length < nonceLength + tagLength) {
      return undefined;
    }
    const decipher = createDecipheriv(algorithm, this.#key, sealed.subarray(0, nonceLength), {
      authTagLength: tagLength,
    })
      .setAAD(associated)
      .setAuthTag(sealed.subarray(-tagLength));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(nonceLength, -tagLength)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}
