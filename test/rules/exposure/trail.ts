import { setTimeout as sleep } from "node:timers/promises";
import type { TestInstance } from "../../support/instance.js";

/** The details of the events of an action in a trail, the newest first. @param projectId empty: the instance's own */
export async function eventsOf({ clients }: Pick<TestInstance, "clients">, projectId: string, action: string) {
  const query = { filters: { action: { values: [action] } }, pagination: { pageSize: 1000 } };
  const { data } = await clients.audit.queryAuditEvents({ projectId, query });
  return data.map(({ actor, resourceId, sourceIp, requestId, detail }) => ({
    actor,
    resourceId,
    sourceIp,
    requestId,
    detail,
  }));
}

/** Waits until every report is dealt with. */
export async function reportsDone({ db }: Pick<TestInstance, "db">): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    const left = await db.selectFrom("altalune_exposure_reports").select("id").execute();
    if (left.length === 0) {
      return;
    }
    await sleep(20);
  }
  throw new Error("there are reports that nobody deals with");
}
