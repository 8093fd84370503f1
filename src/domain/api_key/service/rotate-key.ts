import type { Author } from "../../caller.js";
import { InvalidFieldError } from "../../domain-error.js";
import type { Project } from "../../project/model.js";
import type { NamedRequest } from "../../request_id/model.js";
import { detailOfChanges } from "../audit-detail.js";
import { type ApiKey, endOfGrace, hasExpired } from "../model.js";
import { digestOf, displayForm, newSecret } from "../secret-format.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { withEndThatLasts } from "./lasting-end.js";
import { existing, lockKeyToRevive, lockUnrevokedKey } from "./lock-key.js";
import { recordedOf } from "./trail.js";

export interface RotatedApiKey extends ChangedApiKey {
  /** Empty where the request was sent again: the first answer had it. */
  readonly keyValue: string;
  /** When the value before ends. */
  readonly previousExpiresAt: Date;
}

/** How a key is to be rotated. */
export interface RotationRequest {
  /** In milliseconds. */
  readonly graceMs: number;
  /** Undefined: it stays. */
  readonly expiresAt?: Date | undefined;
  /** Of the state that it is meant for; empty: any. */
  readonly etag?: string;
  /** Undefined: the client has not named its request. */
  readonly named?: NamedRequest | undefined;
}

/**
 * Gives a key a new value. The value before works for the grace period, and never past the end that it had; the one before
 * that, if its grace still runs, ends now. A request that was sent before shows the key as it is now, and waits as the first does
 * until the change is in force.
 */
export async function rotateKey(
  { store, requestIds, ...services }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  { graceMs, expiresAt, etag = "", named }: RotationRequest,
): Promise<RotatedApiKey> {
  let keyValue = newSecret(project.keyPrefix);
  const claim = requestIds.claimOf(caller, project.id, named, publicId);
  const lock = expiresAt === undefined ? lockUnrevokedKey : lockKeyToRevive;
  const changed = await changeKey(services, async (tx) => {
    if ((await requestIds.claim(tx, claim)) !== undefined) {
      keyValue = "";
      return { apiKey: existing(await store.find(tx, project.id, publicId)) };
    }
    const before = await lock(store, tx, project, publicId, etag);
    requireLife(before, expiresAt);
    const changes = withEndThatLasts(before, expiresAt === undefined ? {} : { expiresAt });
    const apiKey = await store.rotate(tx, before, {
      digest: digestOf(keyValue),
      displayPrefix: displayForm(keyValue, project.keyPrefix),
      previousExpiresAt: endOfGrace(before, graceMs, expiresAt),
      expiresAt,
      rotationPolicy: changes.rotationPolicy,
      waits: false,
    });
    const detail = {
      ...detailOfChanges(changes),
      grace_seconds: graceMs / 1000,
      key_prefix: apiKey.displayPrefix,
    };
    return { apiKey, event: recordedOf({ caller, project, action: "rotated", apiKey, detail }) };
  });
  const { previousExpiresAt, observedAt } = changed.apiKey;
  return { ...changed, keyValue, previousExpiresAt: previousExpiresAt ?? observedAt };
}

/** A new value of an expired key would be of no use. */
function requireLife(before: ApiKey, expiresAt: Date | undefined): void {
  if (expiresAt === undefined && hasExpired(before.expiresAt, before.observedAt)) {
    throw new InvalidFieldError("expiration", "must be set, since the key has expired");
  }
}
