import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockUnrevokedKey } from "./lock-key.js";
import { recordedOf } from "./trail.js";

/** Switches a key on or off. One that is as wanted stays as it is, without an event. */
export async function switchKey(
  { store, ...services }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  active: boolean,
): Promise<ChangedApiKey> {
  return changeKey(services, async (tx) => {
    const before = await lockUnrevokedKey(store, tx, project, publicId, "");
    if (before.active === active) {
      return { apiKey: before };
    }
    const apiKey = await store.setActive(tx, before, active);
    const action = active ? "activated" : "deactivated";
    return { apiKey, event: recordedOf({ caller, project, action, apiKey, detail: {} }) };
  });
}
