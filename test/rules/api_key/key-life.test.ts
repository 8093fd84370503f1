import { beforeEach, describe, expect } from "vitest";
import { ApiKeyStatus, RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { keyRpcs } from "../../support/rpcs.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";
import { codeOf } from "../../support/verdict.js";

let altalune: TestInstance;
let projectId: string;
let key: { id: string; value: string };
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});
beforeEach(async () => {
  key = await newApiKey(altalune.clients, projectId);
});

async function stored() {
  return (await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id })).apiKey;
}

async function revoke(reason: RevocationReason, comment = "") {
  return altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: key.id, reason, comment });
}

describe("a new key", () => {
  test("is on, active, unused and unrevoked", async () => {
    expect(await stored()).toMatchObject({
      id: key.id,
      projectId,
      active: true,
      status: ApiKeyStatus.ACTIVE,
      keyPrefix: key.value.slice(0, "sk-".length + 5),
      revocationReason: RevocationReason.UNSPECIFIED,
      hasSigningSecret: false,
    });
    const { lastUsedAt, revokedAt, lastRotatedAt, previousKeyExpiresAt, createdAt, updatedAt } = (await stored()) ?? {};
    expect([lastUsedAt, revokedAt, lastRotatedAt, previousKeyExpiresAt]).toEqual(Array(4).fill(undefined));
    expect(createdAt).toEqual(updatedAt);
  });

  test("has a signing secret if that was asked for, told once", async () => {
    const signing = await newApiKey(altalune.clients, projectId, { withSigningSecret: true });
    expect(signing.signingSecret).not.toBe("");
    const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: signing.id });
    expect(apiKey?.hasSigningSecret).toBe(true);
  });
});

describe("the switch of a key", () => {
  test("turns it off and on again", async () => {
    const { clients } = altalune;
    const off = await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: key.id });
    expect(off.apiKey).toMatchObject({ active: false, status: ApiKeyStatus.DISABLED });
    expect(await codeOf(clients, key.value)).toBe(VerificationCode.DISABLED);
    const on = await clients.apiKeys.activateApiKey({ projectId, apiKeyId: key.id });
    expect(on.apiKey).toMatchObject({ active: true, status: ApiKeyStatus.ACTIVE });
    expect(await codeOf(clients, key.value)).toBe(VerificationCode.VALID);
    const actions = ["api_key.created", "api_key.deactivated", "api_key.activated"];
    expect(await actionsOf(clients, projectId, key.id)).toEqual(actions);
  });

  test("that is as wanted changes nothing and leaves no event", async () => {
    const { clients } = altalune;
    const fresh = await stored();
    expect((await clients.apiKeys.activateApiKey({ projectId, apiKeyId: key.id })).apiKey).toEqual(fresh);
    const { apiKey: off } = await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: key.id });
    expect((await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: key.id })).apiKey).toEqual(off);
    expect(await actionsOf(clients, projectId, key.id)).toEqual(["api_key.created", "api_key.deactivated"]);
  });
});

describe("a revoked key", () => {
  test("tells when and why", async () => {
    const { apiKey } = await revoke(RevocationReason.OWNER_LEFT, "left on Friday");
    expect(apiKey).toMatchObject({ status: ApiKeyStatus.REVOKED, revocationReason: RevocationReason.OWNER_LEFT });
    expect(apiKey?.revokedAt).toEqual(apiKey?.updatedAt);
    const { data } = await altalune.clients.audit.queryAuditEvents({
      projectId,
      query: { filters: { resource_id: { values: [key.id] }, action: { values: ["api_key.revoked"] } } },
    });
    expect(data.map(({ detail }) => detail)).toEqual([{ reason: "owner_left", comment: "left on Friday" }]);
  });

  test("is revoked again without a change: the first reason and time stand, in one event", async () => {
    await revoke(RevocationReason.KEY_COMPROMISED);
    const before = await stored();
    const { apiKey } = await revoke(RevocationReason.ADMINISTRATIVE, "once more");
    expect(apiKey).toEqual(before);
    expect(await stored()).toEqual(before);
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created", "api_key.revoked"]);
  });

  const lasting = ["GetApiKey", "GetRateLimits", "RevokeApiKey", "DeleteApiKey"];
  const changes = keyRpcs.filter(([rpc]) => !lasting.includes(rpc));
  test.each(changes)("is refused by %s", async (_rpc, call) => {
    await revoke(RevocationReason.SUPERSEDED);
    const before = await stored();
    const denial = await denialOf(call(altalune.clients, { projectId, apiKeyId: key.id }));
    expect(denial).toMatchObject({ code: "FailedPrecondition", reason: "API_KEY_REVOKED" });
    expect(await stored()).toEqual(before);
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created", "api_key.revoked"]);
  });

  test("is refused by an update that would never let it expire, for being revoked", async () => {
    await altalune.clients.projects.updateProject({ projectId, allowNeverExpires: true });
    await revoke(RevocationReason.SUPERSEDED);
    const update = altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, neverExpires: true });
    expect(await denialOf(update)).toMatchObject({ reason: "API_KEY_REVOKED" });
  });

  test("can be deleted", async () => {
    await revoke(RevocationReason.SUPERSEDED);
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: key.id });
    expect(await codeOf(altalune.clients, key.value)).toBe(VerificationCode.NOT_FOUND);
  });
});
