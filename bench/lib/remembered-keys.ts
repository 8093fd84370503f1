import type { ExposurePolicy } from "../../src/domain/project/model.js";
import { insertKeys, newKeys } from "../verify/keys.js";
import { commandLineCaller } from "./product.js";
import { uncappedProject } from "./project.js";
import { remember } from "./remember.js";
import type { RpcClient } from "./rpc-client.js";
import { withServices } from "./with-services.js";

/** A key that all instances remember. */
export interface Key {
  readonly value: string;
  readonly projectId: string;
  readonly id: string;
}

export interface NewKeysOptions {
  readonly databaseUrl: string;
  /** base64. */
  readonly masterKey: string;
  /** Of the instances that are to remember them. */
  readonly rpcs: readonly RpcClient[];
  readonly count: number;
  /** Over how many new projects they are spread; neighbours are of different ones. */
  readonly projects: number;
  /** What these do with a key that is exposed. */
  readonly exposurePolicy?: ExposurePolicy;
}

/** Makes keys, and has all instances remember them. @throws when one is refused */
export async function newRememberedKeys(options: NewKeysOptions): Promise<readonly Key[]> {
  const values = await makeKeys(options);
  let keys: readonly Key[] = [];
  for (const rpc of options.rpcs) {
    const told = await remember(rpc, values);
    if (told.some(({ valid }) => !valid)) {
      throw new Error("a key is refused before it was revoked");
    }
    keys = told.map(({ projectId, apiKeyId }, i) => ({ value: values[i] ?? "", projectId, id: apiKeyId }));
  }
  return keys;
}

async function makeKeys({
  databaseUrl,
  masterKey,
  count,
  projects,
  exposurePolicy = "notify",
}: NewKeysOptions): Promise<readonly string[]> {
  return withServices({ databaseUrl, masterKey }, async (services, db) => {
    const made: (readonly string[])[] = [];
    for (let i = 0; i < projects; i++) {
      const project = await services.projects.create(commandLineCaller, { ...uncappedProject, exposurePolicy });
      const keys = newKeys(Math.ceil(count / projects));
      await insertKeys(db, project.id, keys);
      made.push(keys);
    }
    return Array.from({ length: count }, (_, n) => made[n % projects]?.[Math.floor(n / projects)] ?? "");
  });
}
