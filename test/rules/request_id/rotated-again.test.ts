import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf, recordsOf } from "./records.js";

let altalune: TestInstance;
let projectId: string;
let apiKeyId: string;
let value: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients);
  ({ id: apiKeyId, value } = await newApiKey(altalune.clients, projectId, { withSigningSecret: true }));
});

const gracePeriod = { seconds: 3600n };

async function isValid(key: string): Promise<boolean> {
  return (await altalune.clients.verification.verifyApiKey({ key, projectId })).valid;
}

describe("a rotation that is sent again", () => {
  test("gives no second value: the first is good, and the one before keeps its grace", async () => {
    const rotation = { projectId, apiKeyId, gracePeriod, requestId: randomUUID() };
    const first = await altalune.clients.apiKeys.rotateApiKey(rotation);
    const again = await altalune.clients.apiKeys.rotateApiKey(rotation);
    expect(again).toMatchObject({
      apiKey: first.apiKey,
      keyValue: "",
      previousKeyExpiresAt: first.previousKeyExpiresAt,
      propagation: { pendingInstances: 0 },
    });
    expect(again.message).toMatch(/first call.*had the new value.*another request_id/);
    expect([await isValid(first.keyValue), await isValid(value)]).toEqual([true, true]);
    expect(await actionsOf(altalune, projectId)).toEqual(["project.created", "api_key.created", "api_key.rotated"]);
  });

  test("is the same though it names the etag that the first has changed", async () => {
    const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId });
    const rotation = { projectId, apiKeyId, etag: apiKey?.etag ?? "", requestId: randomUUID() };
    const first = await altalune.clients.apiKeys.rotateApiKey(rotation);
    expect(await altalune.clients.apiKeys.rotateApiKey(rotation)).toMatchObject({ apiKey: first.apiKey, keyValue: "" });
    const another = { ...rotation, requestId: randomUUID() };
    expect(await denialOf(altalune.clients.apiKeys.rotateApiKey(another))).toMatchObject({ reason: "ETAG_MISMATCH" });
    expect(await recordsOf(altalune, another.requestId)).toEqual([]);
  });

  test("is refused with another grace, for another key, and when its key is gone", async () => {
    const rotation = { projectId, apiKeyId, gracePeriod, requestId: randomUUID() };
    await altalune.clients.apiKeys.rotateApiKey(rotation);
    const other = await newApiKey(altalune.clients, projectId);
    for (const difference of [{ gracePeriod: { seconds: 60n } }, { apiKeyId: other.id }]) {
      expect(await denialOf(altalune.clients.apiKeys.rotateApiKey({ ...rotation, ...difference }))).toMatchObject({
        code: "Aborted",
        reason: "REQUEST_ID_REUSED",
      });
    }
    expect(await isValid(other.value)).toBe(true);
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId });
    expect(await denialOf(altalune.clients.apiKeys.rotateApiKey(rotation))).toMatchObject({
      code: "NotFound",
      reason: "API_KEY_NOT_FOUND",
    });
  });

  test("many times at once is one rotation", async () => {
    const rotation = { projectId, apiKeyId, gracePeriod, requestId: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => altalune.clients.apiKeys.rotateApiKey(rotation)),
    );
    const values = answers.flatMap(({ keyValue }) => (keyValue === "" ? [] : [keyValue]));
    expect(values).toHaveLength(1);
    expect([await isValid(values[0] ?? ""), await isValid(value)]).toEqual([true, true]);
  });

  test("of a signing secret gives no second one either", async () => {
    const rotation = { projectId, apiKeyId, gracePeriod, requestId: randomUUID() };
    const first = await altalune.clients.apiKeys.rotateSigningSecret(rotation);
    expect(first.signingSecret).not.toBe("");
    const again = await altalune.clients.apiKeys.rotateSigningSecret(rotation);
    expect(again).toMatchObject({
      apiKey: first.apiKey,
      signingSecret: "",
      previousSecretExpiresAt: first.previousSecretExpiresAt,
    });
    expect(again.message).toMatch(/first call.*had the new one.*another request_id/);
    const another = { ...rotation, gracePeriod: { seconds: 60n } };
    expect(await denialOf(altalune.clients.apiKeys.rotateSigningSecret(another))).toMatchObject({
      reason: "REQUEST_ID_REUSED",
    });
  });
});
