import type { SignInAnswer } from "../passkey/model.js";
import type { RequestOptions } from "../passkey/webauthn.js";
import type { User } from "../user/model.js";

/** Whose factor it is. */
export type FactorUser = Pick<User, "id" | "publicId" | "username">;

/** What is sent beside the password. */
export interface SecondFactorProof {
  /** Of an authenticator, or a recovery code; undefined: none. */
  readonly code?: string | undefined;
  /** Undefined: none. */
  readonly passkey?: SignInAnswer | undefined;
}

/** What a user is asked for. */
export interface AskedFactors {
  readonly totp: boolean;
  /** What a browser asks for a passkey by; undefined: none can be asked for. */
  readonly passkeyOptions: RequestOptions | undefined;
}
