import { expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

test("a key is made, verified, revoked, and refused from then on", async () => {
  const { clients } = altalune;
  const projectId = await newProject(clients);
  const key = await newApiKey(clients, projectId, { scopes: ["orders:*"], ownerId: "alice" });

  const good = await clients.verification.verifyApiKey({ key: key.value, requiredScopes: ["orders:read"] });
  expect(good).toMatchObject({
    valid: true,
    code: VerificationCode.VALID,
    projectId,
    apiKeyId: key.id,
    ownerId: "alice",
  });

  const { propagation } = await clients.apiKeys.revokeApiKey({
    projectId,
    apiKeyId: key.id,
    reason: RevocationReason.KEY_COMPROMISED,
  });
  expect(propagation?.pendingInstances).toBe(0);

  const refused = await clients.verification.verifyApiKey({ key: key.value });
  expect(refused).toMatchObject({ valid: false, code: VerificationCode.REVOKED, apiKeyId: key.id });

  const trail = await clients.audit.queryAuditEvents({ projectId });
  expect(trail.data.map(({ action }) => action)).toEqual(["api_key.revoked", "api_key.created", "project.created"]);
  expect(await clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true, eventsChecked: 3n });
});
