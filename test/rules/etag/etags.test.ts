import { beforeEach, describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { mutations } from "../audit/mutations.js";
import { actionsOf } from "../request_id/records.js";

const reason = RevocationReason.SUPERSEDED;

/** A key that a change is tried on, with an etag of it. */
interface Meant {
  readonly projectId: string;
  readonly apiKeyId: string;
  readonly etag: string;
}

const changesOfKeys: readonly (readonly [string, (clients: Clients, meant: Meant) => Promise<unknown>])[] = [
  ["UpdateApiKey", ({ apiKeys }, meant) => apiKeys.updateApiKey({ ...meant, scopes: ["orders:read"] })],
  ["UpdateApiKey of the expiration", ({ apiKeys }, meant) => apiKeys.updateApiKey({ ...meant, neverExpires: true })],
  ["RotateApiKey", ({ apiKeys }, meant) => apiKeys.rotateApiKey(meant)],
  ["RevokeApiKey", ({ apiKeys }, meant) => apiKeys.revokeApiKey({ ...meant, reason })],
  ["DeleteApiKey", ({ apiKeys }, meant) => apiKeys.deleteApiKey(meant)],
];

const changesOfProjects: readonly (readonly [
  string,
  (clients: Clients, meant: Omit<Meant, "apiKeyId">) => Promise<unknown>,
])[] = [
  ["UpdateProject", ({ projects }, meant) => projects.updateProject({ ...meant, name: uniqueName("project") })],
  ["DeleteProject", ({ projects }, meant) => projects.deleteProject(meant)],
];

let altalune: TestInstance;
let projectId: string;
let apiKeyId: string;
let value: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients, { allowNeverExpires: true });
  ({ id: apiKeyId, value } = await newApiKey(altalune.clients, projectId, { withSigningSecret: true }));
});

async function apiKey() {
  return (await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId })).apiKey;
}

async function project() {
  return (await altalune.clients.projects.getProject({ projectId })).project;
}

const keyEtag = async () => (await apiKey())?.etag ?? "";
const projectEtag = async () => (await project())?.etag ?? "";

describe("the etag of a key", () => {
  test("is another after each change, and the one of the answer", async () => {
    const { apiKeys } = altalune.clients;
    const both = { projectId, apiKeyId };
    const seen = [await keyEtag()];
    for (const change of [
      () => apiKeys.updateApiKey({ ...both, name: uniqueName("key") }),
      () => apiKeys.updateApiKey({ ...both, tier: "pro" }),
      () => apiKeys.updateApiKey({ ...both, tier: "pro" }),
      () => apiKeys.deactivateApiKey(both),
      () => apiKeys.activateApiKey(both),
      () => apiKeys.rotateApiKey(both),
      () => apiKeys.rotateSigningSecret(both),
      () => apiKeys.revokeApiKey({ ...both, reason }),
    ]) {
      const answered = (await change()).apiKey?.etag ?? "";
      expect(answered).toBe(await keyEtag());
      seen.push(answered);
    }
    expect(new Set(seen).size).toBe(9);
    expect(seen.join("")).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  test("is another, or its project's is, after each rpc that changes either", async () => {
    const changing = Object.entries(mutations).filter(
      ([name, { byOwner }]) =>
        byOwner !== true && /^(Update|Activate|Deactivate|Revoke|Rotate)(Project|ApiKey|Signing)/.test(name),
    );
    const own = { ownerId: "nobody", apiKeyId, code: "", myApiKeys: altalune.clients.myApiKeys };
    expect(changing.length).toBeGreaterThanOrEqual(7);
    for (const [name, mutation] of changing) {
      const before = [await keyEtag(), await projectEtag()];
      await mutation.run(altalune.clients, { projectId, apiKeyId, exposedKey: "", own }, {});
      expect([await keyEtag(), await projectEtag()], name).not.toEqual(before);
    }
  });

  test("is the same in every answer, and stays while the key is used, asked for, or found as wanted", async () => {
    const etag = await keyEtag();
    expect(await altalune.clients.verification.verifyApiKey({ key: value })).toMatchObject({ valid: true });
    await expect.poll(async () => (await apiKey())?.lastUsedAt, { timeout: 10_000 }).toBeDefined();
    await altalune.clients.apiKeys.activateApiKey({ projectId, apiKeyId });
    const listed = await altalune.clients.apiKeys.queryApiKeys({ projectId });
    const found = await altalune.clients.apiKeys.findApiKeys({ apiKeyId });
    expect([await keyEtag(), listed.data[0]?.etag, found.data[0]?.etag]).toEqual([etag, etag, etag]);
  });

  test("is none of another key's", async () => {
    const other = await newApiKey(altalune.clients, projectId);
    const { apiKey: of } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: other.id });
    expect(of?.etag).not.toBe(await keyEtag());
  });
});

describe.each(changesOfKeys)("%s", (_, change) => {
  test("is done where its etag is that of now, or `*`, or none", async () => {
    const others = [await newApiKey(altalune.clients, projectId), await newApiKey(altalune.clients, projectId)];
    await change(altalune.clients, { projectId, apiKeyId, etag: await keyEtag() });
    await change(altalune.clients, { projectId, apiKeyId: others[0]?.id ?? "", etag: "*" });
    await change(altalune.clients, { projectId, apiKeyId: others[1]?.id ?? "", etag: "" });
    expect(await actionsOf(altalune, projectId)).toHaveLength(7);
  });

  test("is refused where its etag is another, and nothing is written", async () => {
    const stale = await keyEtag();
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId, tier: "pro" });
    const [before, events] = [await apiKey(), await actionsOf(altalune, projectId)];
    for (const etag of [stale, `"${before?.etag}"`, `W/"${before?.etag}"`, before?.etag.toLowerCase() ?? "", "?"]) {
      if (etag !== before?.etag) {
        expect(await denialOf(change(altalune.clients, { projectId, apiKeyId, etag }))).toMatchObject({
          code: "Aborted",
          reason: "ETAG_MISMATCH",
        });
      }
    }
    expect(await apiKey()).toEqual(before);
    expect(await actionsOf(altalune, projectId)).toEqual(events);
    expect(await altalune.clients.verification.verifyApiKey({ key: value })).toMatchObject({ valid: true });
  });

  test("is invalid with an etag that can be none", async () => {
    for (const etag of ["a".repeat(65), "é", "a\tb"]) {
      expect(await denialOf(change(altalune.clients, { projectId, apiKeyId, etag }))).toMatchObject({
        code: "InvalidArgument",
        fields: ["etag"],
      });
    }
  });
});

test("a key that was revoked since its etag was read is not revoked by that etag, and is without one", async () => {
  const etag = await keyEtag();
  const { apiKeys } = altalune.clients;
  await apiKeys.revokeApiKey({ projectId, apiKeyId, reason, etag });
  expect(await denialOf(apiKeys.revokeApiKey({ projectId, apiKeyId, reason, etag }))).toMatchObject({
    reason: "ETAG_MISMATCH",
  });
  expect(await denialOf(apiKeys.updateApiKey({ projectId, apiKeyId, tier: "pro", etag }))).toMatchObject({
    reason: "ETAG_MISMATCH",
  });
  await apiKeys.revokeApiKey({ projectId, apiKeyId, reason });
});

describe.each(changesOfProjects)("%s", (_, change) => {
  test("is refused where its etag is another, and done where it is that of now", async () => {
    const stale = await projectEtag();
    await altalune.clients.projects.updateProject({ projectId, defaultTier: "pro" });
    const before = await project();
    expect(before?.etag).not.toBe(stale);
    const events = await actionsOf(altalune, projectId);
    expect(await denialOf(change(altalune.clients, { projectId, etag: stale }))).toMatchObject({
      code: "Aborted",
      reason: "ETAG_MISMATCH",
    });
    expect(await project()).toEqual(before);
    expect(await actionsOf(altalune, projectId)).toEqual(events);
    await change(altalune.clients, { projectId, etag: before?.etag ?? "" });
    expect(await actionsOf(altalune, projectId)).toHaveLength(events.length + 1);
  });

  test("is done with `*`, and not with an etag that can be none", async () => {
    expect(await denialOf(change(altalune.clients, { projectId, etag: "a".repeat(65) }))).toMatchObject({
      code: "InvalidArgument",
      fields: ["etag"],
    });
    await change(altalune.clients, { projectId, etag: "*" });
  });
});
