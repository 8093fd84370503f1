import type { TestInstance } from "./instance.js";
import { lockTables, lockWaits } from "./locks.js";

/** Every walk along a trail, kept from reading events for as long as a test wants. */
export interface HeldEvents {
  /** How many walks wait to read. */
  waiting(): Promise<number>;
  release(): Promise<void>;
}

/** Locks the events of all trails; at the latest until the test is over. */
export async function holdEvents({ databaseUrl, db }: TestInstance): Promise<HeldEvents> {
  const holder = await lockTables({ databaseUrl }, "altalune_audit_events");
  return {
    waiting: () => lockWaits(db, "%altalune_audit_events%"),
    async release() {
      await holder.query("rollback");
    },
  };
}
