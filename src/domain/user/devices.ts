import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Who is to be known again by a mark, until the password is another. */
export interface MarkedUser {
  readonly publicId: string;
  /** Undefined: the user has none. */
  readonly passwordHash: string | undefined;
}

/**
 * Marks browsers that a user has signed in with, so that strangers who try passwords on the account do not slow its owner down. A mark
 * is no credential: whoever has it still needs the password, and has failures of its own counted.
 */
export class Devices {
  readonly #key: Buffer;

  /** @param key 32 bytes that only instances of one database have */
  constructor(key: Buffer) {
    this.#key = key;
  }

  mark(user: MarkedUser): string {
    const name = randomBytes(16).toString("base64url");
    return `${name}.${this.#codeOf(user, name)}`;
  }

  /** What a browser is counted by; undefined: the user has not signed in with it. */
  nameOf(user: MarkedUser, mark: string | undefined): string | undefined {
    const [name = "", code = ""] = mark?.split(".") ?? [];
    const expected = Buffer.from(this.#codeOf(user, name));
    const given = Buffer.from(code);
    return given.length === expected.length && timingSafeEqual(given, expected) ? name : undefined;
  }

  #codeOf({ publicId, passwordHash = "" }: MarkedUser, name: string): string {
    return createHmac("sha256", this.#key)
      .update(JSON.stringify([publicId, passwordHash, name]))
      .digest("base64url");
  }
}
