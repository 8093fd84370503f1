import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import type { Propagation } from "../../propagation/model.js";
import { changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockKey } from "./lock-key.js";
import { recordedOf } from "./trail.js";

export async function deleteKey(
  { store, ...services }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  etag: string,
): Promise<Propagation> {
  const deleted = await changeKey(services, async (tx) => {
    const apiKey = await lockKey(store, tx, project, publicId, etag);
    await store.delete(tx, apiKey);
    const detail = { name: apiKey.name, owner_id: apiKey.ownerId };
    return { apiKey, event: recordedOf({ caller, project, action: "deleted", apiKey, detail }) };
  });
  return deleted.propagation;
}
