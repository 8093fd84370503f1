import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockUnrevokedKey } from "./lock-key.js";
import { recordKeyAction } from "./trail.js";

/** Switches a key on or off. One that is as wanted stays as it is, without an event. */
export async function switchKey(
  { store, audit, propagation }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  active: boolean,
): Promise<ChangedApiKey> {
  return changeKey(propagation, async (tx) => {
    const before = await lockUnrevokedKey(store, tx, project, publicId, "");
    if (before.active === active) {
      return before;
    }
    const after = await store.setActive(tx, before, active);
    await recordKeyAction(audit, tx, caller, project, active ? "activated" : "deactivated", after, {});
    return after;
  });
}
