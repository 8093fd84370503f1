import type { RateLimits } from "../rate_limit/model.js";
import type { RotationPolicy } from "../rotation/model.js";

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

const revocationReasons = new Map(
  Object.entries(revocationReasonNumbers).map(([reason, number]) => [number, reason as RevocationReason]),
);

/** The reason of a stored number; undefined when a newer version wrote it. */
export function revocationReasonOf(number: number): RevocationReason | undefined {
  return revocationReasons.get(number);
}

/**
 * How deep metadata may be, itself included. Binary takes three messages a level, and libraries read a hundred of them: what is
 * deeper could not be read back, nor any listing that holds it.
 */
export const maxMetadataLevels = 30;

/** A JSON object that a client stores with a key. */
export type Metadata = Readonly<Record<string, unknown>>;

/** What a client decides of a key and may change later; a new one is added here, and what does not read it fails to compile. */
export interface ApiKeySettings {
  readonly name: string;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  readonly scopes: readonly string[];
  /** Empty: none. */
  readonly tier: string;
  readonly rateLimits: RateLimits;
  readonly metadata: Metadata | undefined;
  /** Undefined: it is never rotated by the service itself. */
  readonly rotationPolicy: RotationPolicy | undefined;
}

export interface ApiKey extends ApiKeySettings {
  /** Internal; never leaves the service. */
  readonly id: bigint;
  readonly projectId: bigint;
  readonly publicId: string;
  /** Empty: nobody's in particular. */
  readonly ownerId: string;
  /** The project's prefix and the first 5 characters after it. */
  readonly displayPrefix: string;
  /** SHA-256 of the current value. */
  readonly digest: Buffer;
  readonly previousDigest: Buffer | undefined;
  readonly previousExpiresAt: Date | undefined;
  readonly active: boolean;
  readonly revokedAt: Date | undefined;
  readonly revocationReason: RevocationReason | undefined;
  readonly lastRotatedAt: Date | undefined;
  /** When the service rotates or renews it; undefined: not at all. */
  readonly nextRotationAt: Date | undefined;
  /** Ciphertext. */
  readonly signingSecret: Buffer | undefined;
  readonly previousSigningSecretExpiresAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  /** Of a root key: the public ids of the projects that it reaches; undefined: all. */
  readonly reachableProjectIds: readonly string[] | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** One more with each change. */
  readonly version: bigint;
  /** The database's time when the key was read. */
  readonly observedAt: Date;
}

/** A key that is about to be written. */
export interface NewApiKey
  extends ApiKeySettings,
    Pick<
      ApiKey,
      "projectId" | "publicId" | "ownerId" | "displayPrefix" | "digest" | "signingSecret" | "reachableProjectIds"
    > {}

/** What a client decides of a new key; without scopes or a tier it has the project's defaults. */
export interface ApiKeyRequest extends ApiKeySettings {
  readonly ownerId: string;
  readonly withSigningSecret: boolean;
}

/** What a request leaves open that says no more than a name, scopes and an expiration. */
export const requestDefaults: Omit<ApiKeyRequest, "name" | "scopes" | "expiresAt"> = {
  ownerId: "",
  tier: "",
  rateLimits: { perMinute: undefined, perDay: undefined },
  metadata: undefined,
  rotationPolicy: undefined,
  withSigningSecret: false,
};

/** What an update changes: a setting that is absent stays, and null takes away one that a key need not have. */
export type ApiKeyChanges = {
  readonly [Setting in keyof ApiKeySettings]?:
    | Exclude<ApiKeySettings[Setting], undefined>
    | (undefined extends ApiKeySettings[Setting] ? null : never);
};

/** A key with the secrets that are told once. */
export interface IssuedApiKey {
  readonly apiKey: ApiKey;
  /** Empty, and no signing secret, where the request was sent again: the first answer had them. */
  readonly keyValue: string;
  readonly signingSecret: string | undefined;
}

/** What somebody has of a key: its shown prefix, its id, or the SHA-256 digest of its value. */
export type KeyLookup =
  | { readonly displayPrefix: string }
  | { readonly publicId: string }
  | { readonly digest: Buffer };

/** What a key is called. */
export interface NamedKey {
  /** Internal; never leaves the service. */
  readonly id: bigint;
  readonly publicId: string;
  readonly name: string;
}

/** A key that was looked for in several projects, and the public id of its own. */
export interface FoundApiKey {
  readonly apiKey: ApiKey;
  readonly projectPublicId: string;
}

/** A value, and the key that it is of. */
export interface KeyHolder {
  readonly digest: Buffer;
  /** Empty: the built-in project, which holds root keys. */
  readonly projectPublicId: string;
  readonly apiKeyPublicId: string;
}

/** Whether a value is the key's own, the one before in its grace period, or one that has ended. */
export type ValueStanding = "current" | "previous" | "ended";

export function standingOf(apiKey: ApiKey, digest: Buffer): ValueStanding {
  const { previousDigest, previousExpiresAt, observedAt } = apiKey;
  if (apiKey.digest.equals(digest)) {
    return "current";
  }
  return previousDigest?.equals(digest) && !hasExpired(previousExpiresAt, observedAt) ? "previous" : "ended";
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
export function statusAt(
  { active, expiresAt, revokedAt }: Pick<ApiKey, "active" | "expiresAt" | "revokedAt">,
  at: Date,
): ApiKeyStatus {
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

/** Whether a value that waits is not in force yet: the switch to it was put off until it is claimed. */
export function isPutOff({ digest }: Pick<ApiKey, "digest">, value: Pick<ApiKey, "digest">): boolean {
  return !value.digest.equals(digest);
}

/** The first of several ends; undefined is one that never comes. */
export function earliest(...ends: readonly (Date | null | undefined)[]): Date | undefined {
  return ends.reduce<Date | undefined>(
    (first, end) => (end && (first === undefined || end < first) ? end : first),
    undefined,
  );
}

/**
 * When a value that is rotated away ends: with its grace, and with its own end before that. Its own end is that of the key
 * that it was the value of, before the change as after it, so that no new expiration gives it more time.
 *
 * @param expiresAt what the key's expiration becomes; undefined: it stays
 */
export function endOfGrace(before: Pick<ApiKey, "observedAt" | "expiresAt">, graceMs: number, expiresAt?: Date): Date {
  const graceEnd = new Date(before.observedAt.getTime() + graceMs);
  return earliest(graceEnd, before.expiresAt, expiresAt) ?? graceEnd;
}
