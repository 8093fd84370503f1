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

/** The value that all instances share: the first that any of them proposed. */
export async function sharedSetting(db: Executor, name: string, proposal: () => Buffer): Promise<Buffer> {
  const find = () => db.selectFrom("altalune_settings").select("value").where("name", "=", name).executeTakeFirst();
  const found = await find();
  if (found !== undefined) {
    return found.value;
  }
  await claimSetting(db, name, proposal());
  const settled = await find();
  if (settled === undefined) {
    throw new Error(`the shared setting ${name} is gone`);
  }
  return settled.value;
}
