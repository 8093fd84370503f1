import { isIP } from "node:net";
import type { User } from "../user/model.js";

/** How many a user may have. */
export const maxPasskeys = 10;

/** For how long a challenge may be answered, in milliseconds. */
export const challengeMs = 5 * 60_000;

/** Whose passkeys they are. */
export type PasskeyUser = Pick<User, "id" | "publicId" | "username">;

/** A passkey, as its user sees it. */
export interface Passkey {
  readonly publicId: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Undefined: not yet. */
  readonly lastUsedAt: Date | undefined;
}

/** What a passkey is known by. */
export interface Credential {
  readonly credentialId: Buffer;
  /** As COSE has it. */
  readonly publicKey: Buffer;
  /** How browsers reach it, in the words of WebAuthn. */
  readonly transports: readonly string[];
}

/** What `navigator.credentials.create()` gave, as WebAuthn has it in JSON. Bytes are base64url. */
export interface RegistrationAnswer {
  readonly id: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[] | null | undefined;
  };
}

/** What `navigator.credentials.get()` gave, likewise. */
export interface SignInAnswer {
  readonly id: string;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
}

/** Where passkeys are good. */
export interface RelyingParty {
  /** The host that they belong to. */
  readonly id: string;
  /** The origin of the pages that may ask for them. */
  readonly origin: string;
}

/**
 * Whose passkeys are made here; undefined: nobody's, since browsers make none for an address without a name.
 *
 * @param publicUrl what browsers reach the service by; never what a request calls it
 */
export function relyingPartyOf(publicUrl: string | undefined): RelyingParty | undefined {
  if (publicUrl === undefined) {
    return undefined;
  }
  const { hostname, origin } = new URL(publicUrl);
  return isIP(hostname.replace(/^\[|\]$/g, "")) === 0 ? { id: hostname, origin } : undefined;
}

/** A name that the user has not given to another. */
export function freeName(taken: readonly string[]): string {
  const numbered = Array.from({ length: taken.length + 1 }, (_, i) => (i === 0 ? "Passkey" : `Passkey ${i + 1}`));
  return numbered.find((name) => !taken.includes(name)) ?? "";
}
