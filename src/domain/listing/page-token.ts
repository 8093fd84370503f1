import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Where a keyset goes on: behind the row of this sort value and internal id. */
export interface Cursor {
  /** The sort column's value as text. */
  readonly value: string;
  readonly id: bigint;
}

const algorithm = "aes-256-gcm";
const nonceLength = 12;
const tagLength = 16;

/**
 * Seals cursors into page tokens and opens them again. A token is encrypted, since it holds an internal id, and
 * authenticated together with the query that it belongs to.
 */
export class PageTokens {
  readonly #key: Buffer;

  /** @param key 32 bytes that every instance shares */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** @param binding names the query; the token opens for no other */
  seal(binding: string, cursor: Cursor): string {
    const nonce = randomBytes(nonceLength);
    const cipher = createCipheriv(algorithm, this.#key, nonce).setAAD(Buffer.from(binding));
    const text = cipher.update(JSON.stringify([cursor.value, String(cursor.id)]));
    return Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]).toString("base64url");
  }

  /** @returns undefined when the token was not made here for this query */
  open(binding: string, token: string): Cursor | undefined {
    const bytes = Buffer.from(token, "base64url");
    // Decoding skips what is not base64url: a token that was added to would open all the same.
    if (bytes.length <= nonceLength + tagLength || bytes.toString("base64url") !== token) {
      return undefined;
    }
    const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceLength), {
      authTagLength: tagLength,
    })
      .setAAD(Buffer.from(binding))
      .setAuthTag(bytes.subarray(-tagLength));
    try {
      const text = decipher.update(bytes.subarray(nonceLength, -tagLength)).toString() + decipher.final().toString();
      const [value, id] = JSON.parse(text) as [string, string];
      return { value, id: BigInt(id) };
    } catch {
      return undefined;
    }
  }
}
