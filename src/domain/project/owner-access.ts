/** How the owners of a project's keys manage these themselves, and what they may give them. */
export interface OwnerAccess {
  readonly trustedIssuers: readonly TrustedIssuer[];
  readonly allowUsers: boolean;
  /** Scopes, or patterns of them. */
  readonly ownerScopes: readonly string[];
  /** Undefined: as long as any key. */
  readonly maxLifetimeMs: number | undefined;
  /** Undefined: 90 days, or less where keys live less. */
  readonly defaultLifetimeMs: number | undefined;
  /** Empty: the project's. */
  readonly defaultTier: string;
  /** As browsers send them. */
  readonly origins: readonly string[];
  readonly branding: Branding | undefined;
}

/** Whose tokens say who an owner is. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: IssuerKeys;
  /** Empty: `sub`. */
  readonly ownerClaim: string;
  /** Empty: `usualAlgorithms`. */
  readonly algorithms: readonly string[];
}

/** Where the public keys of an issuer are, or the keys. */
export type IssuerKeys = { readonly jwksUri: string } | { readonly jwks: Readonly<Record<string, unknown>> };

export interface Branding {
  /** Empty: the project's name. */
  readonly name: string;
  /** `#rrggbb`; empty: none. */
  readonly color: string;
  /** A picture; empty: none. */
  readonly logo: Buffer;
}

export const unbranded: Branding = { name: "", color: "", logo: Buffer.alloc(0) };

/** What a project has that says nothing: nobody is trusted, and nothing can be given. */
export const noOwnerAccess: OwnerAccess = {
  trustedIssuers: [],
  allowUsers: false,
  ownerScopes: [],
  maxLifetimeMs: undefined,
  defaultLifetimeMs: undefined,
  defaultTier: "",
  origins: [],
  branding: undefined,
};

/** By which tokens may be signed where an issuer does not say: none that whoever can verify could sign by, too. */
export const usualAlgorithms: readonly string[] = ["RS256", "ES256", "EdDSA"];

const dayMs = 24 * 60 * 60_000;

/** The longest that any key with an end lives. */
export const longestLifetimeMs = 730 * dayMs;
const usualLifetimeMs = 90 * dayMs;

/** For how long a key of an owner may be good. */
export function maxLifetimeMs(access: OwnerAccess): number {
  return access.maxLifetimeMs ?? longestLifetimeMs;
}

/** For how long a key of an owner is good that is made without an expiration. */
export function defaultLifetimeMs(access: OwnerAccess): number {
  return Math.min(access.defaultLifetimeMs ?? usualLifetimeMs, maxLifetimeMs(access));
}

/** The most bytes of a logo. */
export const maxLogoBytes = 32 * 1024;

/** Whether the bytes begin as a PNG, a JPEG or a WebP does: a picture of another kind may hold a script. */
export function isPicture(bytes: Uint8Array): boolean {
  const begin = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12)).toString("latin1");
  return (
    begin.startsWith("\x89PNG\r\n\x1a\n") ||
    begin.startsWith("\xff\xd8\xff") ||
    (begin.startsWith("RIFF") && begin.slice(8) === "WEBP")
  );
}
