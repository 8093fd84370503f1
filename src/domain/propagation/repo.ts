import { sql } from "kysely";
import { prepared } from "../../platform/postgres/prepared.js";
import type { PropagationStore } from "./interface.js";

/** For clocks that run at different speeds, in milliseconds. */
const marginMs = 1_000;

/** A row goes when its lease is over for this many times its length. */
const forgottenLeases = 10;

const leaseEnd = sql<Date>`renewed_at + make_interval(secs => (lease_ms + ${sql.lit(marginMs)}) / 1000.0)`;

export const propagationRepo: PropagationStore = {
  notifying(channel, payload) {
    return prepared("notify", sql`select pg_notify(${channel}, ${payload})`);
  },

  async liveInstances(db) {
    const statement = sql<{ id: string; renewed_at: Date; lease_end: Date }>`
      select id, renewed_at, ${leaseEnd} as lease_end from altalune_instances where ${leaseEnd} > clock_timestamp()
    `;
    const { rows } = await prepared("live_instances", statement).execute(db);
    return rows.map((row) => ({ id: row.id, renewedAt: row.renewed_at, leaseEnd: row.lease_end }));
  },

  async notificationQueueUsage(db) {
    const { rows } = await sql<{ usage: number }>`select pg_notification_queue_usage() as usage`.execute(db);
    return rows[0]?.usage ?? 0;
  },

  async forgetEndedInstances(db) {
    await db
      .deleteFrom("altalune_instances")
      .where(
        sql<boolean>`renewed_at + make_interval(secs => lease_ms * ${sql.lit(forgottenLeases)} / 1000.0) < clock_timestamp()`,
      )
      .execute();
  },
};
