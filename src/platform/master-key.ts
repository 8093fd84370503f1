import { hkdfSync, randomBytes } from "node:crypto";
import { Aead } from "./aead.js";

const keyLength = 32;
const idLength = 8;

/** The ciphertext was not made with this master key, for this place, or was altered. */
export class DecryptionError extends Error {
  override readonly name = "DecryptionError";

  constructor() {
    super(
      "a stored secret is under neither ALTALUNE_MASTER_KEY nor ALTALUNE_MASTER_KEY_PREVIOUS, or was altered: set the key that it was made with",
    );
  }
}

/**
 * The key that everything kept secret in the database is under: signing secrets and the trail's key.
 *
 * A ciphertext is `key id (8 bytes) ‖ what Aead has sealed`; the key id and the place it belongs to are its associated data,
 * so that it cannot be moved elsewhere.
 */
export class MasterKey {
  /** Tells master keys apart without telling anything of them; 8 bytes. */
  readonly id: Buffer;
  readonly #aead: Aead;
  /** What was encrypted with it can still be decrypted. */
  readonly previous: MasterKey | undefined;

  /**
   * @param key 32 random bytes
   * @param previous the key before, while it is being replaced
   */
  constructor(key: Buffer, previous?: Buffer) {
    if (key.length !== keyLength) {
      throw new RangeError(`a master key is ${keyLength} bytes`);
    }
    this.id = derive(key, "altalune master key id", idLength);
    this.#aead = new Aead(derive(key, "altalune master key encryption", keyLength));
    this.previous = previous && new MasterKey(previous);
  }

  /** A new master key, in the form of ALTALUNE_MASTER_KEY: base64 of 32 random bytes. */
  static generate(): string {
    return randomBytes(keyLength).toString("base64");
  }

  /** @param place what the text belongs to, such as a key's project and id */
  encrypt(text: Buffer, place: string): Buffer {
    return Buffer.concat([this.id, this.#aead.seal(text, this.#associated(place))]);
  }

  /** @throws DecryptionError */
  decrypt(ciphertext: Buffer, place: string): Buffer {
    if (!this.#made(ciphertext)) {
      if (this.previous === undefined) {
        throw new DecryptionError();
      }
      return this.previous.decrypt(ciphertext, place);
    }
    const text = this.#aead.open(ciphertext.subarray(idLength), this.#associated(place));
    if (text === undefined) {
      throw new DecryptionError();
    }
    return text;
  }

  #made(ciphertext: Buffer): boolean {
    return ciphertext.subarray(0, idLength).equals(this.id);
  }

  #associated(place: string): Buffer {
    return Buffer.concat([this.id, Buffer.from(place)]);
  }
}

function derive(key: Buffer, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", key, Buffer.alloc(0), purpose, length));
}
