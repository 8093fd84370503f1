import { type ExpressionBuilder, sql } from "kysely";
import type { Database } from "../../platform/postgres/database.js";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import type { RequestIdStore } from "./interface.js";
import { placeText, type RequestIdPlace } from "./model.js";

const dayAgo = sql<Date>`altalune_now() - interval '24 hours'`;

/**
 * How much longer than needed a request id is there. A claim that began in time finds the one that it repeats, as it ends
 * within the limit of statement time (30 s); the rest is for a database whose clock is set back.
 */
const keptLonger = sql`interval '24 hours 5 minutes'`;

export const requestIdRepo: RequestIdStore = {
  async claim(db, claims) {
    // On the primary key: of concurrent claims of one place, on whichever instance, one returns a row. The others wait for its
    // transaction, and lock nothing: what was done before is told to many at once.
    return db
      .insertInto("altalune_request_ids")
      .values(
        [...claims].sort(byPlace).map(({ projectId, actor, requestId, digest, resourceId }) => ({
          project_id: projectId,
          actor,
          request_id: requestId,
          digest,
          resource_id: resourceId,
        })),
      )
      .onConflict((conflict) => conflict.columns(["project_id", "actor", "request_id"]).doNothing())
      .returning(["project_id as projectId", "actor", "request_id as requestId"])
      .execute();
  },

  async find(db, places) {
    return db
      .selectFrom("altalune_request_ids")
      .select(["project_id as projectId", "actor", "request_id as requestId", "digest", "resource_id as resourceId"])
      .where((eb) => isOneOf(eb, places))
      .where("created_at", ">", dayAgo)
      .execute();
  },

  async release(db, places) {
    await db
      .deleteFrom("altalune_request_ids")
      .where((eb) => isOneOf(eb, places))
      .execute();
  },

  async releaseOld(db, places) {
    await db
      .deleteFrom("altalune_request_ids")
      .where((eb) => isOneOf(eb, places))
      .where("created_at", "<=", dayAgo)
      .execute();
  },

  async deleteSome(db, limit) {
    return deleteSome(db, {
      table: "altalune_request_ids",
      key: ["project_id", "actor", "request_id"],
      where: sql`created_at < altalune_now() - ${keptLonger}`,
      orderBy: ["created_at"],
      limit,
    });
  },
};

/** On the primary key. */
function isOneOf({ eb, or }: ExpressionBuilder<Database, "altalune_request_ids">, places: readonly RequestIdPlace[]) {
  return or(
    places.map(({ projectId, actor, requestId }) =>
      eb("project_id", "=", projectId).and("actor", "=", actor).and("request_id", "=", requestId),
    ),
  );
}

/** Any order will do, so long as every transaction claims in the same. */
function byPlace(a: RequestIdPlace, b: RequestIdPlace): number {
  return placeText(a) < placeText(b) ? -1 : 1;
}
