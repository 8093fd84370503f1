import type { RateLimits } from "../rate_limit/model.js";

/** What becomes of a key that is presented. */
export type ApiKeyStatus = "active" | "disabled" | "expired" | "revoked";

export type RevocationReason = "key_compromised" | "superseded" | "no_longer_needed" | "owner_left" | "administrative";

/** The numbers that the database stores, which are the contract's: one that was used never stands for another reason. */
export const revocationReasonNumbers: Readonly<Record<RevocationReason, number>> = {
  key_compromised: 1,
  superseded: 2,
  no_longer_needed: 3,
  owner_left: 4,
  administrative: 5,
};

/** A JSON object that a client stores with a key. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Limits and validity of a key, as seen at `observedAt`. */
interface Validity {
  readonly active: boolean;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

export interface ApiKey extends Validity {
  /** Internal; never leaves the service. */
  readonly id: bigint;
  readonly projectId: bigint;
  readonly publicId: string;
  readonly name: string;
  /** Empty: nobody's in particular. */
  readonly ownerId: string;
  /** The project's prefix and the first 5 characters after it. */
  readonly displayPrefix: string;
  /** SHA-256 of the current value. */
  readonly digest: Buffer;
  readonly previousDigest: Buffer | undefined;
  readonly previousExpiresAt: Date | undefined;
  readonly scopes: readonly string[];
  /** Empty: none. */
  readonly tier: string;
  readonly rateLimits: RateLimits;
  readonly metadata: Metadata | undefined;
  readonly revocationReason: RevocationReason | undefined;
  readonly lastRotatedAt: Date | undefined;
  /** Ciphertext. */
  readonly signingSecret: Buffer | undefined;
  readonly lastUsedAt: Date | undefined;
  /** Of a root key: the public ids of the projects that it reaches; undefined: all. */
  readonly reachableProjectIds: readonly string[] | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The database's time when the key was read. */
  readonly observedAt: Date;
}

/** A key that is about to be written. */
export interface NewApiKey {
  readonly projectId: bigint;
  readonly publicId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly displayPrefix: string;
  readonly digest: Buffer;
  readonly scopes: readonly string[];
  readonly tier: string;
  readonly rateLimits: RateLimits;
  readonly metadata: Metadata | undefined;
  readonly expiresAt: Date | undefined;
  readonly signingSecret: Buffer | undefined;
  readonly reachableProjectIds: readonly string[] | undefined;
}

/** What a client decides of a new key. */
export interface ApiKeyRequest {
  readonly name: string;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  readonly ownerId: string;
  /** Empty: the project's default. */
  readonly scopes: readonly string[];
  /** Empty: the project's default. */
  readonly tier: string;
  readonly rateLimits: RateLimits;
  readonly metadata: Metadata | undefined;
  readonly withSigningSecret: boolean;
}

/** What an update changes; a property that is absent stays. */
export interface ApiKeyChanges {
  readonly name?: string;
  /** Null: never. */
  readonly expiresAt?: Date | null;
  readonly scopes?: readonly string[];
  readonly tier?: string;
  readonly rateLimits?: RateLimits;
  /** Null: none. */
  readonly metadata?: Metadata | null;
}

/** A key with the secrets that are told once. */
export interface IssuedApiKey {
  readonly apiKey: ApiKey;
  readonly keyValue: string;
  readonly signingSecret: string | undefined;
}

export const apiKeyFilters = [
  "name",
  "key_prefix",
  "status",
  "owner_id",
  "tier",
  "scope",
  "expiring_within_days",
] as const;
export type ApiKeyFilter = (typeof apiKeyFilters)[number];

export const apiKeySorts = ["name", "expiration", "created_at", "updated_at"] as const;
export type ApiKeySort = (typeof apiKeySorts)[number];

/** The first of revoked, disabled and expired that holds at `at`. */
export function statusAt({ active, expiresAt, revokedAt }: Validity, at: Date): ApiKeyStatus {
  if (revokedAt !== undefined) {
    return "revoked";
  }
  if (!active) {
    return "disabled";
  }
  return hasExpired(expiresAt, at) ? "expired" : "active";
}

/** Whether a key that ends at `expiresAt` has ended at `at`. */
export function hasExpired(expiresAt: Date | undefined, at: Date): boolean {
  return expiresAt !== undefined && expiresAt <= at;
}
