import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

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

  mark(userPublicId: string): string {
    const name = randomBytes(16).toString("base64url");
    return `${name}.${this.#codeOf(userPublicId, name)}`;
  }

  /** What a browser is counted by; undefined: the user has not signed in with it. */
  nameOf(userPublicId: string, mark: string | undefined): string | undefined {
    const [name = "", code = ""] = mark?.split(".") ?? [];
    const expected = Buffer.from(this.#codeOf(userPublicId, name));
    const given = Buffer.from(code);
    return given.length === expected.length && timingSafeEqual(given, expected) ? name : undefined;
  }

  #codeOf(userPublicId: string, name: string): string {
    return createHmac("sha256", this.#key).update(`${userPublicId} ${name}`).digest("base64url");
  }
}
