import type { Executor } from "../../../platform/postgres/database.js";
import type { Project } from "../../project/model.js";
import { ApiKeyLimitReachedError } from "../errors.js";
import type { ApiKeyStore, Owner } from "../interface.js";

/** Who is to have one more live key, and where. */
export interface Place {
  readonly project: Project;
  readonly ownerId: string;
}

/**
 * Keeps others from giving the owners more live keys until the transaction ends; the first lock of keys that it takes.
 *
 * @returns how many more they may hold
 */
export async function lockOwners(store: ApiKeyStore, tx: Executor, places: readonly Place[]): Promise<OwnersRoom> {
  const owners = cappedOwners(places);
  const locked = owners.length === 0 ? [] : await store.lockOwners(tx, owners);
  return new OwnersRoom(new Map(locked.map((owner) => [keyOf(owner), owner.live])));
}

/** Counts the keys that a transaction gives to owners. */
export class OwnersRoom {
  readonly #live: Map<string, number>;

  /** @param live by `keyOf` the owner; none: 0 */
  constructor(live: Map<string, number>) {
    this.#live = live;
  }

  /** Takes the room of one key. @returns why there is none */
  take(place: Place): ApiKeyLimitReachedError | undefined {
    if (!isCapped(place)) {
      return undefined;
    }
    const key = keyOf(ownerOf(place));
    const live = this.#live.get(key) ?? 0;
    const limit = place.project.maxKeysPerOwner;
    if (live >= limit) {
      return new ApiKeyLimitReachedError(limit);
    }
    this.#live.set(key, live + 1);
    return undefined;
  }
}

/** Each once. */
function cappedOwners(places: readonly Place[]): readonly Owner[] {
  const owners = places.filter(isCapped).map(ownerOf);
  return [...new Map(owners.map((owner) => [keyOf(owner), owner])).values()];
}

function isCapped({ project, ownerId }: Place): boolean {
  return ownerId !== "" && project.maxKeysPerOwner > 0;
}

function ownerOf({ project, ownerId }: Place): Owner {
  return { projectId: project.id, ownerId };
}

function keyOf({ projectId, ownerId }: Owner): string {
  return `${projectId} ${ownerId}`;
}
