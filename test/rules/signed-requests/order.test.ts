import { describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { sealSigningSecret } from "../../../src/domain/api_key/signing-secret.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { MasterKey } from "../../../src/platform/master-key.js";
import { expireKey } from "../../support/expire.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { nameOf, newSigningKey, type SigningKey, signedBy, verdictOn } from "./signed.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

test("a valid answer tells of the key what VerifyApiKey tells", async () => {
  const { clients } = altalune;
  const projectId = await newProject(clients);
  const settings = { scopes: ["orders:*"], ownerId: "alice", tier: "pro", metadata: { plan: "b" }, name: "signer" };
  const key = await newApiKey(clients, projectId, { ...settings, withSigningSecret: true });
  const signed = await clients.verification.verifySignedRequest({
    ...signedBy({ projectId, apiKeyId: key.id, signingSecret: key.signingSecret }),
    requiredScopes: ["orders:read"],
    cost: 0,
  });
  expect(signed).toMatchObject({ valid: true, apiKeyId: key.id, ownerId: "alice", tier: "pro" });
  expect(signed).toEqual(await clients.verification.verifyApiKey({ key: key.value, cost: 0 }));
});

describe("not found", () => {
  test("a key, or a project, that is not there", async () => {
    const key = await newSigningKey(altalune.clients);
    expect(await verdictOn(altalune, signedBy({ ...key, apiKeyId: "23456789abcdef" }))).toBe("NOT_FOUND");
    const answer = await altalune.clients.verification.verifySignedRequest(
      signedBy({ ...key, projectId: "23456789abcdef" }),
    );
    expect(nameOf(answer)).toBe("NOT_FOUND");
    expect(answer).toMatchObject({ projectId: "", apiKeyId: "", name: "" });
  });

  test("a key of another project", async () => {
    const key = await newSigningKey(altalune.clients);
    const projectId = await newProject(altalune.clients);
    expect(await verdictOn(altalune, signedBy({ ...key, projectId }))).toBe("NOT_FOUND");
  });

  test("a deleted key, and a key of a deleted project", async () => {
    const deleted = await newSigningKey(altalune.clients);
    await altalune.clients.apiKeys.deleteApiKey(deleted);
    expect(await verdictOn(altalune, signedBy(deleted))).toBe("NOT_FOUND");
    const orphan = await newSigningKey(altalune.clients);
    await altalune.clients.projects.deleteProject({ projectId: orphan.projectId });
    expect(await verdictOn(altalune, signedBy(orphan))).toBe("NOT_FOUND");
  });

  test("a project that the caller does not reach", async () => {
    const mine = await newSigningKey(altalune.clients);
    const theirs = await newSigningKey(altalune.clients);
    const { keyValue } = await altalune.services.rootKeys.create(commandLineCaller, {
      name: "of one project",
      scopes: ["api_keys:verify"],
      projects: [mine.projectId],
      expiresAt: undefined,
    });
    const caller = { clients: altalune.clientsWith(keyValue) };
    expect(await verdictOn(caller, signedBy(mine))).toBe("VALID");
    const request = signedBy(theirs);
    expect(await verdictOn(caller, request)).toBe("NOT_FOUND");
    expect(await verdictOn(altalune, request)).toBe("VALID");
  });

  test("a root key, even if its project had a name and it had a signing secret", async () => {
    await using server = await startTestInstance();
    const [root] = await server.services.rootKeys.list();
    const apiKeyId = root?.publicId ?? "";
    const { projectId, signingSecret } = await newSigningKey(server.clients);
    expect(await verdictOn(server, signedBy({ projectId, apiKeyId, signingSecret }))).toBe("NOT_FOUND");

    const builtIn = "builtinproject";
    const owner = { projectPublicId: builtIn, apiKeyPublicId: apiKeyId };
    const masterKey = new MasterKey(Buffer.from(server.masterKey, "base64"));
    await server.db.updateTable("altalune_projects").set({ public_id: builtIn }).where("id", "=", 0n).execute();
    await server.db
      .updateTable("altalune_project_api_keys")
      .set({ signing_secret: sealSigningSecret(masterKey, owner, Buffer.from(signingSecret)) })
      .where("public_id", "=", apiKeyId)
      .execute();
    expect(await verdictOn(server, signedBy({ projectId: builtIn, apiKeyId, signingSecret }))).toBe("NOT_FOUND");
  });
});

test("revoked comes before disabled, before expired, before the signature, before scopes, before replay", async () => {
  const { clients } = altalune;
  const key: SigningKey = await newSigningKey(clients, { rateLimits: { perDay: 1 } });
  const used = signedBy(key);
  expect(await verdictOn(altalune, used)).toBe("VALID");
  expect(await verdictOn(altalune, signedBy(key))).toBe("RATE_LIMITED");
  expect(await verdictOn(altalune, used)).toBe("REPLAYED");
  const asking = { ...used, requiredScopes: ["orders:write"] };
  expect(await verdictOn(altalune, asking)).toBe("INSUFFICIENT_SCOPE");
  const forged = { ...asking, signature: new Uint8Array(32) };
  expect(await verdictOn(altalune, forged)).toBe("SIGNATURE_INVALID");
  await expireKey(altalune.db, key.apiKeyId);
  expect(await verdictOn(altalune, forged)).toBe("EXPIRED");
  await clients.apiKeys.deactivateApiKey(key);
  expect(await verdictOn(altalune, forged)).toBe("DISABLED");
  await clients.apiKeys.revokeApiKey({ ...key, reason: RevocationReason.KEY_COMPROMISED });
  expect(await verdictOn(altalune, forged)).toBe("REVOKED");
});
