import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServices } from "../../../src/app/context.js";
import { openRotatedValue } from "../../../src/domain/api_key/rotated-value.js";
import { openSigningSecret } from "../../../src/domain/api_key/signing-secret.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { MasterKeyMismatchError } from "../../../src/domain/master_key/mismatch-error.js";
import { DecryptionError, MasterKey } from "../../../src/platform/master-key.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { letRotate } from "../../support/rotation.js";

let altalune: TestInstance;
let oldKey: Buffer;
const newKey = randomBytes(32);
beforeAll(async () => {
  altalune = await startTestInstance();
  oldKey = Buffer.from(altalune.masterKey, "base64");
});
afterAll(() => altalune.stop());

const servicesUnder = (masterKey: MasterKey) =>
  createServices({ db: altalune.db, masterKey, environmentKey: undefined });

test("what one master key encrypted opens with it alone, at its own place alone, and unaltered alone", () => {
  const key = new MasterKey(oldKey);
  const sealed = key.encrypt(Buffer.from("a secret"), "here");
  expect(key.decrypt(sealed, "here").toString()).toBe("a secret");
  expect(new MasterKey(newKey, oldKey).decrypt(sealed, "here").toString()).toBe("a secret");
  expect(() => key.decrypt(sealed, "elsewhere")).toThrow(DecryptionError);
  expect(() => new MasterKey(newKey).decrypt(sealed, "here")).toThrow(DecryptionError);
  for (const at of sealed.keys()) {
    const altered = Buffer.from(sealed);
    altered[at] = (altered[at] ?? 0) ^ 1;
    expect(() => key.decrypt(altered, "here")).toThrow(DecryptionError);
  }
  expect(() => key.decrypt(sealed.subarray(0, 20), "here")).toThrow(DecryptionError);
});

test("a rotation brings every signing secret, every waiting value and the trail under the new master key, and the old one no longer opens", async () => {
  const { clients, db } = altalune;
  const projectId = await newProject(clients, { maxKeysPerOwner: 0 });
  const made = await newApiKey(clients, projectId, { withSigningSecret: true });
  await clients.apiKeys.rotateSigningSecret({ projectId, apiKeyId: made.id, gracePeriod: { seconds: 60n } });
  const rotated = await newApiKey(clients, projectId, {});
  await letRotate(altalune, rotated.id);
  const { keyValue } = await clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: rotated.id });
  await newApiKey(clients, projectId, { withSigningSecret: true });

  const rotating = await servicesUnder(new MasterKey(newKey, oldKey));
  expect(await rotating.masterKeys.rotate(commandLineCaller)).toBe(2);
  expect(await rotating.masterKeys.rotate(commandLineCaller)).toBe(0);

  const { id } = new MasterKey(newKey);
  const rows = await db
    .selectFrom("altalune_project_api_keys")
    .select(["signing_secret", "previous_signing_secret"])
    .where("signing_secret", "is not", null)
    .execute();
  const secrets = rows
    .flatMap((row) => [row.signing_secret, row.previous_signing_secret])
    .filter((text) => text !== null);
  expect(secrets).toHaveLength(3);
  expect(secrets.every((ciphertext) => ciphertext.subarray(0, id.length).equals(id))).toBe(true);

  const [waiting, ...others] = await db.selectFrom("altalune_waiting_values").select("sealed").execute();
  expect(others).toEqual([]);
  expect(waiting?.sealed.subarray(0, id.length).equals(id)).toBe(true);
  const project = await rotating.projects.reach(commandLineCaller, projectId);
  const again = await rotating.apiKeys.claimRotated(commandLineCaller, project, rotated.id);
  expect(again.keyValue).toBe(keyValue);
  // Sealed for this key, as this and nothing else.
  const sealed = waiting?.sealed ?? Buffer.alloc(0);
  const key = { projectPublicId: projectId, apiKeyPublicId: rotated.id };
  expect(openRotatedValue(new MasterKey(newKey), key, sealed).toString()).toBe(keyValue);
  expect(() => openSigningSecret(new MasterKey(newKey), key, sealed)).toThrow(DecryptionError);
  const another = { ...key, apiKeyPublicId: made.id };
  expect(() => openRotatedValue(new MasterKey(newKey), another, sealed)).toThrow(DecryptionError);

  await expect(servicesUnder(new MasterKey(oldKey))).rejects.toThrow(MasterKeyMismatchError);
  const after = await servicesUnder(new MasterKey(newKey));
  const instance = await after.projects.builtIn();
  expect(await after.audit.verify(instance, { fromSequence: 0n, toSequence: 0n }, undefined)).toMatchObject({
    intact: true,
  });
  const trail = await clients.audit.queryAuditEvents({});
  expect(trail.data[0]).toMatchObject({ action: "master_key.rotated", actor: "cli" });
});
