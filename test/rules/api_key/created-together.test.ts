import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeEach, describe, expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { lockWaits } from "../../support/locks.js";
import { test } from "../../support/shared-instance.js";

let altalune: TestInstance;
let projectIds: readonly string[];
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectIds = await Promise.all([1, 2, 3].map(() => newProject(altalune.clients)));
});

/** In the projects in turn. */
function createMany(count: number, settings: (i: number) => Parameters<typeof newApiKey>[2] = () => ({})) {
  return Array.from({ length: count }, (_, i) =>
    newApiKey(altalune.clients, projectIds[i % projectIds.length] ?? "", settings(i)),
  );
}

async function keysOf(projectId: string) {
  const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { pagination: { pageSize: 100 } } });
  return data;
}

function idOf(projectId: string) {
  return sql<bigint>`(select id from altalune_projects where public_id = ${projectId})`;
}

/** Keeps all others from writing to a trail. @returns lets go of it */
async function holdTrail(projectId: string): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const holder = altalune.db.transaction().execute(async (tx) => {
    await tx
      .selectFrom("altalune_audit_heads")
      .select("sequence")
      .where("project_id", "=", idOf(projectId))
      .forUpdate()
      .executeTakeFirstOrThrow();
    held.resolve();
    await done.promise;
  });
  await Promise.race([held.promise, holder]);
  return () => {
    done.resolve();
    return holder;
  };
}

async function waitsForTrail(): Promise<boolean> {
  return (await lockWaits(altalune.db, "/* prepared: lock_heads */%")) > 0;
}

describe("keys that are created at the same time", () => {
  test("share transactions, whatever their projects, and each caller has its own key", async () => {
    const made = await Promise.all(createMany(60));
    expect(new Set(made.map(({ value }) => value)).size).toBe(60);
    for (const [i, { id, value }] of made.entries()) {
      expect(await altalune.clients.verification.verifyApiKey({ key: value })).toMatchObject({
        valid: true,
        apiKeyId: id,
        projectId: projectIds[i % projectIds.length],
      });
    }
    const written = await altalune.db
      .selectFrom("altalune_project_api_keys")
      .select(sql<string>`xmin::text`.as("transaction"))
      .where(
        "public_id",
        "in",
        made.map(({ id }) => id),
      )
      .execute();
    expect(new Set(written.map(({ transaction }) => transaction)).size).toBeLessThan(30);
  });

  test("each leave their event, and every trail holds", async () => {
    const made = await Promise.all(createMany(30));
    for (const [i, projectId] of projectIds.entries()) {
      const { data } = await altalune.clients.audit.queryAuditEvents({ projectId });
      const created = data.filter(({ action }) => action === "api_key.created").map(({ resourceId }) => resourceId);
      const expected = made.filter((_, n) => n % projectIds.length === i).map(({ id }) => id);
      expect(created.toSorted()).toEqual(expected.toSorted());
      expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
    }
  });

  test("are denied one by one: a denial is nobody else's", async () => {
    const taken = uniqueName("taken");
    await Promise.all(createMany(projectIds.length, () => ({ name: taken })));
    const outcomes = createMany(60, (i) =>
      i % 4 === 0 ? { name: taken } : i % 4 === 1 ? { tier: "no-such-tier" } : {},
    );
    const reasons = await Promise.all(
      outcomes.map((outcome) =>
        outcome.then(
          () => "created",
          async () => (await denialOf(outcome)).reason,
        ),
      ),
    );
    expect(reasons).toEqual(
      outcomes.map((_, i) => (i % 4 === 0 ? "API_KEY_NAME_TAKEN" : i % 4 === 1 ? "TIER_NOT_FOUND" : "created")),
    );
    const counts = await Promise.all(projectIds.map(async (projectId) => (await keysOf(projectId)).length));
    expect(counts.reduce((sum, count) => sum + count)).toBe(projectIds.length + 30);
  });

  test("with one name between them become one key", async () => {
    const [projectId = ""] = projectIds;
    const name = uniqueName("wanted by many");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => newApiKey(altalune.clients, projectId, { name })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await keysOf(projectId)).toHaveLength(1);
  });

  test("of one owner fill the cap exactly, though some of them are denied for their names", async () => {
    const [projectId = ""] = projectIds;
    const taken = uniqueName("taken");
    await newApiKey(altalune.clients, projectId, { ownerId: "alice", name: taken });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        newApiKey(altalune.clients, projectId, { ownerId: "alice", ...(i < 20 ? { name: taken } : {}) }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
    expect(await keysOf(projectId)).toHaveLength(5);
  });

  test("are made where another key's name was freed while their transaction was under way", async () => {
    const [projectId = ""] = projectIds;
    const name = uniqueName("freed");
    const { id } = await newApiKey(altalune.clients, projectId, { name });
    const letGo = await holdTrail(projectId);
    const request = { name, requestId: randomUUID(), expiration: fromNow(dayMs) };
    const wanted = [newApiKey(altalune.clients, projectId, request), newApiKey(altalune.clients, projectId)];
    await expect.poll(waitsForTrail).toBe(true);
    // As a revocation on another instance does, past the trail that is held.
    await altalune.db
      .updateTable("altalune_project_api_keys")
      .set({ revoked_at: sql`now()`, revocation_reason: 1 })
      .where("public_id", "=", id)
      .execute();
    await letGo();
    const [freed] = await Promise.all(wanted);
    const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: freed?.id ?? "" });
    expect(apiKey?.name).toBe(name);
    expect(await newApiKey(altalune.clients, projectId, request)).toMatchObject({ id: freed?.id, value: "" });
  });

  test("are not told that their names are taken where their numbers are, as after a restore without its sequence", async () => {
    const [projectId = ""] = projectIds;
    const before = await Promise.all(Array.from({ length: 12 }, () => newApiKey(altalune.clients, projectId)));
    const setBack = () =>
      sql`
        select setval('altalune_project_api_keys_id_seq', min(id), false) from altalune_project_api_keys
        where project_id = ${idOf(projectId)}
      `.execute(altalune.db);
    await setBack();
    expect((await denialOf(newApiKey(altalune.clients, projectId))).code).toBe("Internal");
    await setBack();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => {
        const made = newApiKey(altalune.clients, projectId);
        return made.then(
          () => "created",
          async () => (await denialOf(made)).code,
        );
      }),
    );
    expect(new Set([...outcomes, "created", "Internal"])).toEqual(new Set(["created", "Internal"]));
    const created = outcomes.filter((outcome) => outcome === "created");
    expect(created.length).toBeGreaterThan(0);
    expect(await keysOf(projectId)).toHaveLength(before.length + created.length);
    expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
    await sql`
      select setval('altalune_project_api_keys_id_seq', (select max(id) from altalune_project_api_keys))
    `.execute(altalune.db);
  });

  test("do not wait for a project whose trail somebody holds", async () => {
    const [held = "", ...others] = projectIds;
    const letGo = await holdTrail(held);
    let waited = true;
    const waiting = newApiKey(altalune.clients, held).finally(() => {
      waited = false;
    });
    for (let i = 0; i < 5; i++) {
      await Promise.all([...others, ...others].map((projectId) => newApiKey(altalune.clients, projectId)));
    }
    expect(waited).toBe(true);
    await letGo();
    await waiting;
    expect(await keysOf(held)).toHaveLength(1);
  });
});
