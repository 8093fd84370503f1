import { Aead } from "../../platform/aead.js";

/** A sign-in that is under way: what has to come back, and to whom. */
export interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Undefined: none. */
  readonly invitation: string | undefined;
  /** A page of our own to come back to; undefined: none was asked for. */
  readonly returnTo: string | undefined;
}

/** For how long a person may be at the provider, in seconds. */
export const flowSeconds = 600;

const place = Buffer.from("a sign-in at a provider");

/** Keeps sign-ins in browsers' cookies, where nobody can read or make one, and any instance can go on with it. */
export class SealedFlows {
  readonly #aead: Aead;

  /** @param key 32 bytes that only instances of one database have */
  constructor(key: Buffer) {
    this.#aead = new Aead(key);
  }

  seal(flow: Flow): string {
    const text = JSON.stringify({ flow, endsAt: Date.now() + flowSeconds * 1000 });
    return this.#aead.seal(Buffer.from(text), place).toString("base64url");
  }

  /** @returns undefined: none of ours, or too long ago */
  open(sealed: string): Flow | undefined {
    const text = this.#aead.open(Buffer.from(sealed, "base64url"), place);
    if (text === undefined) {
      return undefined;
    }
    const { flow, endsAt }: { readonly flow: Flow; readonly endsAt: number } = JSON.parse(text.toString());
    return endsAt > Date.now() ? flow : undefined;
  }
}
