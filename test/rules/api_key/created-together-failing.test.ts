import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { dayMs, fromNow, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { recordsOf } from "../request_id/records.js";

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
  await sql`
    create function altalune_test_fail() returns trigger language plpgsql as $$
    begin
      raise exception 'this key is not to be written';
    end $$
  `.execute(altalune.db);
  await sql`
    create trigger fail_now before insert on altalune_project_api_keys
    for each row when (new.owner_id = 'fails now') execute function altalune_test_fail()
  `.execute(altalune.db);
  await sql`
    create constraint trigger fail_late after insert on altalune_audit_events deferrable initially deferred
    for each row when (new.detail ->> 'owner_id' = 'fails at the commit') execute function altalune_test_fail()
  `.execute(altalune.db);
});
afterAll(() => altalune.stop());

/** Keys that are asked for at once, of which the owner of one makes it fail. @returns how each went */
async function createWith(owner: string) {
  const projectId = await newProject(altalune.clients);
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      newApiKey(altalune.clients, projectId, { name: uniqueName("key"), ownerId: i === 20 ? owner : "" }).then(
        ({ value }) => value,
        () => undefined,
      ),
    ),
  );
  const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { pagination: { pageSize: 100 } } });
  expect(data).toHaveLength(outcomes.filter((value) => value !== undefined).length);
  expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
  return outcomes;
}

test("a key whose statement fails is the only one that fails", async () => {
  const outcomes = await createWith("fails now");
  expect(outcomes.flatMap((value, i) => (value === undefined ? [i] : []))).toEqual([20]);
});

test("a key whose statement fails lets the others keep the names of their requests, each of which is done once", async () => {
  const projectId = await newProject(altalune.clients);
  const requests = Array.from({ length: 15 }, (_, i) => ({
    requestId: randomUUID(),
    name: uniqueName("key"),
    ownerId: i === 7 ? "fails now" : "",
    expiration: fromNow(dayMs),
  }));
  const outcomes = await Promise.allSettled(
    [...requests, ...requests].map((one) => newApiKey(altalune.clients, projectId, one)),
  );
  const values = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value.value] : []));
  expect(values).toHaveLength(28);
  expect(values.filter((value) => value !== "")).toHaveLength(14);
  const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId });
  expect(data).toHaveLength(14);
  const kept = await recordsOf(altalune, ...requests.map(({ requestId }) => requestId));
  expect(kept).toHaveLength(14);
  expect(kept).not.toContain(requests[7]?.requestId);
});

test("what fails at the commit is told to all that it would have written, and none of them is there", async () => {
  const outcomes = await createWith("fails at the commit");
  expect(outcomes[20]).toBeUndefined();
  const values = outcomes.filter((value) => value !== undefined);
  for (const key of values) {
    expect(await altalune.clients.verification.verifyApiKey({ key })).toMatchObject({ valid: true });
  }
});

test("a connection that is lost in the midst fails the keys on it, and no key that was answered for is missing", async () => {
  const projectId = await newProject(altalune.clients);
  let over = false;
  const cutting = (async () => {
    while (!over) {
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query ilike '%altalune_project_api_keys%'
      `.execute(altalune.db);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })().catch(() => undefined);
  const made: string[] = [];
  for (let round = 0; round < 10; round++) {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => newApiKey(altalune.clients, projectId)));
    made.push(...outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value.id] : [])));
  }
  over = true;
  await cutting;
  // The last that were cut may still lie in the pool, for whoever takes them next.
  const stored = await vi.waitFor(() =>
    altalune.db.selectFrom("altalune_project_api_keys").select("public_id").execute(),
  );
  const trail = await vi.waitFor(() => altalune.clients.audit.verifyAuditTrail({ projectId }));
  const ids = new Set(stored.map(({ public_id }) => public_id));
  expect(made.filter((id) => !ids.has(id))).toEqual([]);
  expect(trail).toMatchObject({ intact: true });
});
