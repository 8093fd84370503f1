import { sql } from "kysely";
import { storedPolicy } from "../../src/domain/rotation/stored-policy.js";
import { dayMs } from "./fixtures.js";
import type { TestInstance } from "./instance.js";

type Instance = Pick<TestInstance, "db" | "services">;

const usualPolicy = storedPolicy({
  everyMs: dayMs,
  graceMs: dayMs / 24,
  unclaimed: "keep",
  renewal: undefined,
});

/** Lets the service rotate what is due by itself. */
export async function rotateDue({ db, services }: Instance): Promise<void> {
  await services.apiKeys.rotateDue();
  // What the instance's own job holds at that moment is left to it.
  for (let waited = 0; await isAnyDue(db); waited += 20) {
    if (waited > 10_000) {
      throw new Error("a key that is due was not rotated");
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function isAnyDue(db: Instance["db"]): Promise<boolean> {
  const { rows } = await sql`
    select from altalune_project_api_keys as key join altalune_projects as project on project.id = key.project_id
    where next_rotation_at <= altalune_now() and revoked_at is null and active and expires_at > altalune_now()
      and project.deleted_at is null
    limit 1
  `.execute(db);
  return rows.length > 0;
}

/** Lets it rotate a key now, by the policy that it has, or by one that waits for a claim. */
export async function letRotate(instance: Instance, apiKeyId: string): Promise<void> {
  await instance.db
    .updateTable("altalune_project_api_keys")
    .set({
      rotation_policy: sql<object>`coalesce(rotation_policy, ${JSON.stringify(usualPolicy)}::jsonb)`,
      next_rotation_at: sql<Date>`altalune_now()`,
    })
    .where("public_id", "=", apiKeyId)
    .execute();
  await rotateDue(instance);
}

/** The keys for which a value waits in the database, by their public ids. */
export async function waitingKeys({ db }: Pick<TestInstance, "db">): Promise<readonly string[]> {
  const { rows } = await sql<{ public_id: string }>`
    select key.public_id from altalune_waiting_values as waiting
    join altalune_project_api_keys as key on key.project_id = waiting.project_id and key.id = waiting.api_key_id
  `.execute(db);
  return rows.map(({ public_id }) => public_id);
}
