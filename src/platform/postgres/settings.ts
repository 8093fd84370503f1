import type { Executor } from "./database.js";

/** Sets a value that all instances share, unless it is set. @returns whether it was not */
export async function claimSetting(db: Executor, name: string, value: Buffer): Promise<boolean> {
  const outcome = await db
    .insertInto("altalune_settings")
    .values({ name, value })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .executeTakeFirst();
  return (outcome.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** @returns undefined: it is not set */
export async function findSetting(db: Executor, name: string): Promise<Buffer | undefined> {
  const row = await db.selectFrom("altalune_settings").select("value").where("name", "=", name).executeTakeFirst();
  return row?.value;
}

/** The value that all instances share: the first that any of them proposed. */
export async function sharedSetting(db: Executor, name: string, proposal: () => Buffer): Promise<Buffer> {
  const found = await findSetting(db, name);
  if (found !== undefined) {
    return found;
  }
  await claimSetting(db, name, proposal());
  const settled = await findSetting(db, name);
  if (settled === undefined) {
    throw new Error(`the shared setting ${name} is gone`);
  }
  return settled;
}
