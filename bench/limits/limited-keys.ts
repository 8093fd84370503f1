import { commandLineCaller } from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { withServices } from "../lib/with-services.js";
import { insertKeys, newKeys } from "../verify/keys.js";

/** Keys that a database is to have. */
export interface KeyGroup {
  /** Undefined: no limit. */
  readonly perMinute: number | undefined;
  readonly keys: number;
}

/** Makes keys with these limits, as tiers give them. @returns the keys of each group */
export async function makeKeys(
  databaseUrl: string,
  masterKey: string,
  groups: readonly KeyGroup[],
): Promise<readonly (readonly string[])[]> {
  return withServices({ databaseUrl, masterKey }, async ({ projects, tiers }, db) => {
    const project = await projects.create(commandLineCaller, uncappedProject);
    const made: (readonly string[])[] = [];
    for (const { perMinute, keys: count } of groups) {
      const keys = newKeys(count);
      const tier = perMinute === undefined ? "" : `bench-${perMinute}`;
      // Once: a change of a tier has the shares of all its keys returned, which is nothing that a key's first call causes.
      const there = db.selectFrom("altalune_tiers").select("name").where("name", "=", tier);
      if (perMinute !== undefined && (await there.executeTakeFirst()) === undefined) {
        await tiers.upsert(commandLineCaller, tier, { perMinute, perDay: undefined });
      }
      await insertKeys(db, project.id, keys, { tier });
      made.push(keys);
    }
    return made;
  });
}
