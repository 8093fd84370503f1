import { randomUUID } from "node:crypto";
import { createConnectTransport } from "@connectrpc/connect-node";
import { sql } from "kysely";
import { beforeEach, describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newProject, uniqueName } from "../../support/fixtures.js";
import { createClients, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf, recordsOf } from "./records.js";

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients, { maxKeysPerOwner: 2, allowNeverExpires: true });
});

function request() {
  return {
    projectId,
    name: uniqueName("key"),
    expiration: fromNow(dayMs),
    ownerId: "alice",
    scopes: ["orders:read", "orders:write"],
    tier: "pro",
    rateLimits: { perMinute: 5 },
    metadata: { team: "blue", plan: { seats: 3, trial: false } },
    withSigningSecret: true,
    requestId: randomUUID(),
  };
}

async function keys() {
  const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId });
  return data;
}

describe("a create that is sent again", () => {
  test("shows the key that the first call made, without its secrets, and says how to get new ones", async () => {
    const wanted = request();
    const first = await altalune.clients.apiKeys.createApiKey(wanted);
    expect([first.keyValue, first.signingSecret]).not.toContain("");
    const again = await altalune.clients.apiKeys.createApiKey(wanted);
    expect(again).toMatchObject({ apiKey: first.apiKey, keyValue: "", signingSecret: "" });
    expect(again.message).toMatch(/first call.*had its value.*rotate/);
    expect(await keys()).toHaveLength(1);
    expect(await actionsOf(altalune, projectId)).toEqual(["project.created", "api_key.created"]);
    expect(await altalune.clients.verification.verifyApiKey({ key: first.keyValue })).toMatchObject({ valid: true });
  });

  test("shows the key as it is now, also one that was rotated or revoked", async () => {
    const wanted = request();
    const { apiKey } = await altalune.clients.apiKeys.createApiKey(wanted);
    const apiKeyId = apiKey?.id ?? "";
    const rotated = await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId });
    expect(await altalune.clients.apiKeys.createApiKey(wanted)).toMatchObject({ apiKey: rotated.apiKey, keyValue: "" });
    const reason = RevocationReason.SUPERSEDED;
    const revoked = await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId, reason });
    expect(await altalune.clients.apiKeys.createApiKey(wanted)).toMatchObject({ apiKey: revoked.apiKey, keyValue: "" });
  });

  test("is refused once the key is deleted, and says so", async () => {
    const wanted = request();
    const { apiKey } = await altalune.clients.apiKeys.createApiKey(wanted);
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: apiKey?.id ?? "" });
    const denial = await denialOf(altalune.clients.apiKeys.createApiKey(wanted));
    expect(denial).toMatchObject({ code: "NotFound", reason: "API_KEY_NOT_FOUND" });
    expect(denial.message).toMatch(/deleted.*another request_id/);
    expect(await keys()).toEqual([]);
  });

  test("is the same in binary, with the members of its metadata in another order", async () => {
    const wanted = request();
    const { apiKey } = await altalune.clients.apiKeys.createApiKey(wanted);
    const transport = createConnectTransport({
      baseUrl: altalune.url,
      httpVersion: "1.1",
      useBinaryFormat: true,
      interceptors: [
        (next) => (call) => {
          call.header.set("authorization", `Bearer ${altalune.rootKey}`);
          return next(call);
        },
      ],
    });
    const metadata = { plan: { trial: false, seats: 3 }, team: "blue" };
    const again = await createClients(transport).apiKeys.createApiKey({ ...wanted, metadata });
    expect(again).toMatchObject({ apiKey, keyValue: "" });
  });

  test("shows its key though the project would not allow such a one any more", async () => {
    const wanted = { projectId, name: uniqueName("key"), neverExpires: true, requestId: randomUUID() };
    const { apiKey } = await altalune.clients.apiKeys.createApiKey(wanted);
    await altalune.clients.projects.updateProject({ projectId, allowNeverExpires: false });
    expect(await altalune.clients.apiKeys.createApiKey(wanted)).toMatchObject({ apiKey, keyValue: "" });
    const another = { ...wanted, name: uniqueName("key"), requestId: randomUUID() };
    expect(await denialOf(altalune.clients.apiKeys.createApiKey(another))).toMatchObject({
      reason: "NEVER_EXPIRES_NOT_ALLOWED",
    });
    expect(await recordsOf(altalune, another.requestId)).toEqual([]);
  });
});

describe("another request under the same request id", () => {
  test.each([
    ["name", { name: "another name" }],
    ["expiration", { expiration: fromNow(2 * dayMs) }],
    ["owner", { ownerId: "bob" }],
    ["order of scopes", { scopes: ["orders:write", "orders:read"] }],
    ["tier", { tier: "free" }],
    ["limit", { rateLimits: { perMinute: 6 } }],
    ["metadata", { metadata: { team: "blue", plan: { seats: 3, trial: true } } }],
    ["wish for a signing secret", { withSigningSecret: false }],
  ])("is refused where it has another %s", async (_, difference) => {
    const wanted = request();
    await altalune.clients.apiKeys.createApiKey(wanted);
    expect(await denialOf(altalune.clients.apiKeys.createApiKey({ ...wanted, ...difference }))).toMatchObject({
      code: "Aborted",
      reason: "REQUEST_ID_REUSED",
    });
    expect(await keys()).toHaveLength(1);
  });

  test("is refused where it is one of another rpc", async () => {
    const wanted = request();
    const { apiKey } = await altalune.clients.apiKeys.createApiKey(wanted);
    const rotation = { projectId, apiKeyId: apiKey?.id ?? "", requestId: wanted.requestId };
    const { apiKeys } = altalune.clients;
    for (const rotate of [() => apiKeys.rotateApiKey(rotation), () => apiKeys.rotateSigningSecret(rotation)]) {
      expect(await denialOf(rotate())).toMatchObject({ code: "Aborted", reason: "REQUEST_ID_REUSED" });
    }
    expect((await keys())[0]).toMatchObject({ id: apiKey?.id, etag: apiKey?.etag });
  });

  test("is another thing where another root key sends it, or in another project", async () => {
    const wanted = request();
    const first = await altalune.clients.apiKeys.createApiKey(wanted);
    const elsewhere = await altalune.clients.apiKeys.createApiKey({
      ...wanted,
      projectId: await newProject(altalune.clients),
    });
    const { keyValue: rootKey } = await altalune.services.rootKeys.create(
      { actor: "cli", scopes: ["*"], projects: undefined, requestId: "", clientAddress: "" },
      { name: uniqueName("root"), scopes: ["*"], projects: undefined, expiresAt: undefined },
    );
    const byAnother = altalune.clientsWith(rootKey).apiKeys.createApiKey({ ...wanted, name: uniqueName("key") });
    expect(new Set([first, elsewhere, await byAnother].map(({ keyValue }) => keyValue)).size).toBe(3);
  });
});

describe("a create that is refused", () => {
  test("leaves nothing behind: when it is sent again it is judged anew", async () => {
    const [one, two, three] = [request(), request(), request()];
    const first = await altalune.clients.apiKeys.createApiKey(one);
    await altalune.clients.apiKeys.createApiKey(two);
    expect(await denialOf(altalune.clients.apiKeys.createApiKey(three))).toMatchObject({
      reason: "API_KEY_LIMIT_REACHED",
    });
    expect(await recordsOf(altalune, three.requestId)).toEqual([]);
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: first.apiKey?.id ?? "" });
    const third = await altalune.clients.apiKeys.createApiKey(three);
    expect(third.keyValue).not.toBe("");
    expect(await altalune.clients.apiKeys.createApiKey(three)).toMatchObject({ apiKey: third.apiKey, keyValue: "" });
  });

  test("leaves nothing behind among others that are written with it either", async () => {
    const requests = Array.from({ length: 40 }, (_, i) => ({
      ...request(),
      ownerId: "",
      ...(i % 2 === 0 ? { tier: "no-such-tier" } : {}),
    }));
    const outcomes = await Promise.allSettled(requests.map((one) => altalune.clients.apiKeys.createApiKey(one)));
    expect(outcomes.map(({ status }) => status)).toEqual(
      requests.map((_, i) => (i % 2 === 0 ? "rejected" : "fulfilled")),
    );
    const kept = await recordsOf(altalune, ...requests.map(({ requestId }) => requestId));
    expect(kept.toSorted()).toEqual(
      requests.flatMap(({ requestId }, i) => (i % 2 === 0 ? [] : [requestId])).toSorted(),
    );
  });
});

describe("creates at once under one request id", () => {
  test("make one key, though they come in one transaction: one answer has its value", async () => {
    const wanted = request();
    const answers = await Promise.all(Array.from({ length: 30 }, () => altalune.clients.apiKeys.createApiKey(wanted)));
    expect(answers.filter(({ keyValue }) => keyValue !== "")).toHaveLength(1);
    expect(new Set(answers.map(({ apiKey }) => apiKey?.id)).size).toBe(1);
    expect(await keys()).toHaveLength(1);
  });

  test("of different requests make one key, and the others are refused", async () => {
    const requestId = randomUUID();
    const outcomes = Array.from({ length: 20 }, () =>
      altalune.clients.apiKeys.createApiKey({ ...request(), ownerId: "", requestId }),
    );
    const settled = await Promise.allSettled(outcomes);
    const refused = outcomes.filter((_, i) => settled[i]?.status === "rejected");
    expect(refused).toHaveLength(19);
    for (const denial of await Promise.all(refused.map(denialOf))) {
      expect(denial).toMatchObject({ reason: "REQUEST_ID_REUSED" });
    }
    expect(await keys()).toHaveLength(1);
  });

  test("of which the first is refused leave the id to the others", async () => {
    const requestId = randomUUID();
    const [refused, made] = await Promise.allSettled([
      altalune.clients.apiKeys.createApiKey({ ...request(), tier: "no-such-tier", requestId }),
      altalune.clients.apiKeys.createApiKey({ ...request(), requestId }),
    ]);
    expect([refused.status, made.status]).toEqual(["rejected", "fulfilled"]);
    expect(await keys()).toHaveLength(1);
  });

  test("stand beside others that have no id or one of their own", async () => {
    const twice = { ...request(), ownerId: "" };
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => {
        const { requestId, ...unnamed } = { ...request(), ownerId: "" };
        const named = i % 3 === 0 ? twice : i % 3 === 1 ? unnamed : { ...unnamed, requestId };
        return altalune.clients.apiKeys.createApiKey(named);
      }),
    );
    expect(answers.filter(({ keyValue }) => keyValue !== "")).toHaveLength(21);
    expect(await keys()).toHaveLength(21);
  });
});

describe("a request id", () => {
  test("is kept for a day: then it is good for another request, or the same anew", async () => {
    const wanted = request();
    const first = await altalune.clients.apiKeys.createApiKey(wanted);
    await age(wanted.requestId, "23 hours 59 minutes");
    expect(await altalune.clients.apiKeys.createApiKey(wanted)).toMatchObject({ apiKey: first.apiKey, keyValue: "" });
    await age(wanted.requestId, "2 minutes");
    expect(await denialOf(altalune.clients.apiKeys.createApiKey(wanted))).toMatchObject({
      reason: "API_KEY_NAME_TAKEN",
    });
    const renamed = { ...wanted, name: uniqueName("key") };
    const second = await altalune.clients.apiKeys.createApiKey(renamed);
    expect(second.keyValue).not.toBe("");
    expect(await altalune.clients.apiKeys.createApiKey(renamed)).toMatchObject({ apiKey: second.apiKey, keyValue: "" });
  });

  test("is forgotten by the housekeeping soon after its day, and not before", async () => {
    const [old, young] = [request(), request()];
    await altalune.clients.apiKeys.createApiKey(old);
    await altalune.clients.apiKeys.createApiKey(young);
    await age(old.requestId, "24 hours 6 minutes");
    await age(young.requestId, "23 hours 59 minutes");
    await altalune.services.requestIds.purge();
    expect(await recordsOf(altalune, old.requestId, young.requestId)).toEqual([young.requestId]);
  });

  test("is at most 64 printable ASCII characters", async () => {
    for (const requestId of ["a".repeat(65), "é", "a\nb", "a\u007fb", "a\u0000b"]) {
      expect(await denialOf(altalune.clients.apiKeys.createApiKey({ ...request(), requestId }))).toMatchObject({
        code: "InvalidArgument",
        fields: ["request_id"],
      });
    }
    const longest = `${randomUUID()} !"#~${"x".repeat(23)}`;
    const wanted = { ...request(), requestId: longest };
    await altalune.clients.apiKeys.createApiKey(wanted);
    expect(await altalune.clients.apiKeys.createApiKey(wanted)).toMatchObject({ keyValue: "" });
  });

  test("is stored with a digest of its request, and nothing that was asked for", async () => {
    const wanted = { ...request(), ownerId: "carol of the owners", metadata: { note: "what nobody else is to read" } };
    const { apiKey } = await altalune.clients.apiKeys.createApiKey(wanted);
    const { rows } = await sql<{ row: string; digest: Buffer }>`
      select record::text as row, digest from altalune_request_ids as record where request_id = ${wanted.requestId}
    `.execute(altalune.db);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.digest).toHaveLength(32);
    expect(rows[0]?.row).toContain(apiKey?.id);
    expect(rows[0]?.row).not.toMatch(/carol|nobody|key \d/);
  });

  test("that nobody gave leaves nothing behind", async () => {
    const { requestId: _, ...unnamed } = request();
    await altalune.clients.apiKeys.createApiKey(unnamed);
    const { rows } = await sql`
      select from altalune_request_ids
      where project_id = (select id from altalune_projects where public_id = ${projectId})
    `.execute(altalune.db);
    expect(rows).toEqual([]);
  });
});

async function age(requestId: string, by: string): Promise<void> {
  await sql`
    update altalune_request_ids set created_at = created_at - ${by}::interval where request_id = ${requestId}
  `.execute(altalune.db);
}
