import type { Executor } from "../../../platform/postgres/database.js";
import type { Project } from "../../project/model.js";
import { ApiKeyLimitReachedError } from "../errors.js";
import type { ApiKeyStore } from "../interface.js";

/** Keeps others from giving the owner one more live key until the transaction ends; the first lock that it takes. */
export async function lockOwner(store: ApiKeyStore, tx: Executor, project: Project, ownerId: string): Promise<void> {
  if (isCapped(project, ownerId)) {
    await store.lockOwner(tx, project.id, ownerId);
  }
}

/**
 * Makes sure that an owner who is locked may hold one more live key.
 *
 * @throws ApiKeyLimitReachedError
 */
export async function requireRoom(store: ApiKeyStore, tx: Executor, project: Project, ownerId: string): Promise<void> {
  const limit = project.maxKeysPerOwner;
  if (isCapped(project, ownerId) && (await store.countLive(tx, project.id, ownerId)) >= limit) {
    throw new ApiKeyLimitReachedError(limit);
  }
}

function isCapped({ maxKeysPerOwner }: Project, ownerId: string): boolean {
  return ownerId !== "" && maxKeysPerOwner > 0;
}
