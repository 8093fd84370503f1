import type { Executor } from "../../../platform/postgres/database.js";
import type { Project } from "../../project/model.js";
import { ApiKeyNotFoundError, ApiKeyRevokedError } from "../errors.js";
import type { ApiKeyStore } from "../interface.js";
import { type ApiKey, hasExpired } from "../model.js";
import { lockOwners, roomOf } from "./owner-cap.js";

/** Locks a key until the transaction ends. @throws ApiKeyNotFoundError */
export async function lockKey(store: ApiKeyStore, tx: Executor, project: Project, publicId: string): Promise<ApiKey> {
  return existing(await store.lock(tx, project.id, publicId));
}

/**
 * Locks a key that is to be changed.
 *
 * @throws ApiKeyNotFoundError
 * @throws ApiKeyRevokedError
 */
export async function lockUnrevokedKey(
  store: ApiKeyStore,
  tx: Executor,
  project: Project,
  publicId: string,
): Promise<ApiKey> {
  const apiKey = await lockKey(store, tx, project, publicId);
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
): Promise<ApiKey> {
  const { ownerId } = existing(await store.find(tx, project.id, publicId));
  const place = { project, ownerId };
  await lockOwners(store, tx, [place]);
  const apiKey = await lockUnrevokedKey(store, tx, project, publicId);
  if (hasExpired(apiKey.expiresAt, apiKey.observedAt)) {
    const noRoom = (await roomOf(store, tx, [place])).take(place);
    if (noRoom !== undefined) {
      throw noRoom;
    }
  }
  return apiKey;
}

/** @throws ApiKeyNotFoundError */
export function existing(apiKey: ApiKey | undefined): ApiKey {
  if (apiKey === undefined) {
    throw new ApiKeyNotFoundError();
  }
  return apiKey;
}
