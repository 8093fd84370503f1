import { sql } from "kysely";
import type { TestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";

/** What the database has granted of a key in its current windows, spent or not. */
export async function grantedOf({ db }: Pick<TestInstance, "db">, apiKeyId: string) {
  const { rows } = await sql<{ minute: bigint; day: bigint }>`
    select minute_granted as minute, day_granted as day
    from altalune_rate_limits as counter
    join altalune_project_api_keys as key on key.project_id = counter.project_id and key.id = counter.api_key_id
    where key.public_id = ${apiKeyId}
  `.execute(db);
  return { minute: Number(rows[0]?.minute ?? 0), day: Number(rows[0]?.day ?? 0) };
}

/** A series of /metrics. */
export async function metricOf(instance: Pick<TestInstance, "url">, name: string): Promise<number> {
  const text = await metricsOf(instance);
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}
