import { Aead } from "../../platform/aead.js";

/** Where a keyset goes on: behind the row of this sort value and internal id. */
export interface Cursor {
  /** The sort column's value as text. */
  readonly value: string;
  readonly id: bigint;
}

/**
 * Seals cursors into page tokens and opens them again. A token is encrypted, since it holds an internal id, and
 * authenticated together with the query that it belongs to.
 */
export class PageTokens {
  readonly #aead: Aead;

  /** @param key 32 bytes that every instance shares */
  constructor(key: Buffer) {
    this.#aead = new Aead(key);
  }

  /** @param binding names the query; the token opens for no other */
  seal(binding: string, cursor: Cursor): string {
    const text = Buffer.from(JSON.stringify([cursor.value, String(cursor.id)]));
    return this.#aead.seal(text, Buffer.from(binding)).toString("base64url");
  }

  /** @returns undefined when the token was not made here for this query */
  open(binding: string, token: string): Cursor | undefined {
    const bytes = Buffer.from(token, "base64url");
    // Decoding skips what is not base64url: a token that was added to would open all the same.
    const text = bytes.toString("base64url") === token ? this.#aead.open(bytes, Buffer.from(binding)) : undefined;
    return text && cursorOf(text);
  }
}

function cursorOf(text: Buffer): Cursor {
  const [value, id] = JSON.parse(text.toString()) as [string, string];
  return { value, id: BigInt(id) };
}
