import type { Executor } from "../../../platform/postgres/database.js";
import { requireEtag } from "../../etag/model.js";
import type { Project } from "../../project/model.js";
import { ApiKeyNotFoundError, ApiKeyRevokedError } from "../errors.js";
import type { ApiKeyStore } from "../interface.js";
import { type ApiKey, hasExpired } from "../model.js";
import { lockOwners } from "./owner-cap.js";

/**
 * Locks a key until the transaction ends.
 *
 * @param etag of the state that the change is meant for; empty: any
 * @throws ApiKeyNotFoundError
 * @throws EtagMismatchError
 */
export async function lockKey(
  store: ApiKeyStore,
  tx: Executor,
  project: Project,
  publicId: string,
  etag: string,
): Promise<ApiKey> {
  const apiKey = existing(await store.lock(tx, project.id, publicId));
  requireEtag(etag, apiKey);
  return apiKey;
}

/**
 * Locks a key that is to be changed.
 *
 * @param etag as above
 * @throws ApiKeyNotFoundError
 * @throws EtagMismatchError
 * @throws ApiKeyRevokedError
 */
export async function lockUnrevokedKey(
  store: ApiKeyStore,
  tx: Executor,
  project: Project,
  publicId: string,
  etag: string,
): Promise<ApiKey> {
  const apiKey = await lockKey(store, tx, project, publicId, etag);
  if (apiKey.revokedAt !== undefined) {
    throw new ApiKeyRevokedError();
  }
  return apiKey;
}

/**
 * The same for a change of the expiration, which may bring an expired key back: it then counts for its owner's cap again.
 * The owner is locked before the key, as every change does.
 *
 * @throws ApiKeyLimitReachedError
 */
export async function lockKeyToRevive(
  store: ApiKeyStore,
  tx: Executor,
  project: Project,
  publicId: string,
  etag: string,
): Promise<ApiKey> {
  const { ownerId } = existing(await store.find(tx, project.id, publicId));
  const place = { project, ownerId };
  await lockOwners(store, tx, [place]);
  const apiKey = await lockUnrevokedKey(store, tx, project, publicId, etag);
  if (hasExpired(apiKey.expiresAt, apiKey.observedAt)) {
    // Counted anew: the key itself may have been live when its owner was locked.
    const noRoom = (await lockOwners(store, tx, [place])).take(place);
    if (noRoom !== undefined) {
      throw noRoom;
    }
  }
  return apiKey;
}

/** @throws ApiKeyNotFoundError */
export function existing<Key>(apiKey: Key | undefined): Key {
  if (apiKey === undefined) {
    throw new ApiKeyNotFoundError();
  }
  return apiKey;
}
