import { Aead } from "../../platform/aead.js";
import { digestOf } from "../api_key/secret-format.js";
import type { SpentChallenge } from "./interface.js";
import type { PasskeyUser } from "./model.js";

/** What a challenge is for; it is good for nothing else. */
export type ChallengePurpose = "registration" | "sign-in";

/**
 * Challenges hold, sealed, until when they may be answered. So whoever asks for them leaves nothing behind, and nobody else makes one;
 * each is random by the nonce that it is sealed with.
 */
export class SealedChallenges {
  readonly #aead: Aead;

  /** @param key 32 bytes that only instances of one database have */
  constructor(key: Buffer) {
    this.#aead = new Aead(key);
  }

  seal(purpose: ChallengePurpose, user: PasskeyUser, endsAt: Date): Buffer {
    const text = Buffer.alloc(8);
    text.writeBigInt64BE(BigInt(endsAt.getTime()));
    return this.#aead.seal(text, placeOf(purpose, user));
  }

  /**
   * What is to be remembered of one that is answered. Whether it has ended is for the database to say.
   *
   * @param challenge as it was sent; undefined: there is none
   * @returns undefined: none of ours, of another user, or for something else
   */
  open(purpose: ChallengePurpose, user: PasskeyUser, challenge: string | undefined): SpentChallenge | undefined {
    const bytes = Buffer.from(challenge ?? "", "base64url");
    const text = this.#aead.open(bytes, placeOf(purpose, user));
    // Not of the text, which may be written in several ways.
    return text && { digest: digestOf(bytes.toString("base64url")), endsAt: new Date(Number(text.readBigInt64BE())) };
  }
}

function placeOf(purpose: ChallengePurpose, { publicId }: PasskeyUser): Buffer {
  return Buffer.from(`a ${purpose} of ${publicId} by passkey`);
}
