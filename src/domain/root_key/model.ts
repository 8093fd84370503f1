import type { OperatorPrincipal } from "../principal/model.js";
import type { VerificationCode } from "../verification/model.js";

/** Every scope that an rpc can ask for. */
export const rootKeyScopes = [
  "projects:read",
  "projects:write",
  "api_keys:read",
  "api_keys:write",
  "api_keys:verify",
  "tiers:read",
  "tiers:write",
  "usage:read",
  "audit:read",
  "portal:write",
  "webhooks:read",
  "webhooks:write",
  "users:read",
  "users:write",
] as const;
export type RootKeyScope = (typeof rootKeyScopes)[number];

/** What a new root key may do and for how long. */
export interface RootKeyRequest {
  readonly name: string;
  /** Scopes, or patterns of them such as `*`. */
  readonly scopes: readonly string[];
  /** Public ids of the projects that it reaches; undefined: all. */
  readonly projects: readonly string[] | undefined;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
}

/** Whoever holds a root key. */
export interface RootKeyPrincipal extends OperatorPrincipal {
  readonly kind: "root_key";
}

/** A call with a root key that was good once. */
export interface RefusedRootKey {
  readonly publicId: string;
  readonly status: VerificationCode;
  readonly requestId: string;
  readonly clientAddress: string;
}

/** The fewest characters of ALTALUNE_ROOT_KEY. */
export const minEnvironmentKeyLength = 32;
