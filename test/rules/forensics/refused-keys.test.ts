import { setTimeout as sleep } from "node:timers/promises";
import { expect, vi } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newRootKey } from "../authority/root-keys.js";
import { linesWith } from "./log-lines.js";

async function revokedKey({ clients }: TestInstance) {
  const projectId = await newProject(clients);
  const key = await newApiKey(clients, projectId, { ownerId: "owner-7", scopes: ["read"] });
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: key.id, reason: RevocationReason.KEY_COMPROMISED });
  return { projectId, ...key };
}

const message = "a key was refused";

/** One a second, and one of the second that had begun with another's line. */
function mostLines(since: number): number {
  return 2 + Math.floor((performance.now() - since) / 1000);
}

test("the log says which key was refused, why, whose it is, who asked, and from where", async ({ instance }) => {
  const { id, value, projectId } = await revokedKey(instance);
  const guard = await newRootKey(instance, { scopes: ["api_keys:verify"] });
  await instance.clientsWith(guard.value).verification.verifyApiKey({ key: value });

  const [line] = linesWith(instance, { msg: message, api_key_id: id });
  expect(line).toMatchObject({
    level: "info",
    verdict: "revoked",
    project_id: projectId,
    owner_id: "owner-7",
    principal: `root_key:${guard.id}`,
    source: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
    request_id: expect.stringMatching(/./),
  });
  expect(instance.logLines.join("")).not.toContain(value);
  expect(linesWith(instance, { request_id: line?.["request_id"], code: "ok" })).toHaveLength(1);
});

test("a refusal that is answered from memory is logged with the address, too", async ({ instance }) => {
  const { id, value } = await revokedKey(instance);
  await instance.clients.verification.verifyApiKey({ key: value });
  await vi.waitUntil(() => linesWith(instance, { msg: message, api_key_id: id }).length === 1);
  await sleep(2_100);
  await instance.clients.verification.verifyApiKey({ key: value });
  const lines = linesWith(instance, { msg: message, api_key_id: id });
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ source: lines[0]?.["source"] });
  expect(lines[1]?.["source"]).toMatch(/127|::1/);
});

test("each key of a batch that is refused has its line", async ({ instance }) => {
  const revoked = await revokedKey(instance);
  const unscoped = await newApiKey(instance.clients, revoked.projectId, { scopes: ["read"] });
  await instance.clients.verification.batchVerifyApiKeys({
    requests: [{ key: revoked.value }, { key: unscoped.value, requiredScopes: ["write"] }],
  });
  expect(linesWith(instance, { msg: message, api_key_id: revoked.id, verdict: "revoked" })).toHaveLength(1);
  expect(linesWith(instance, { msg: message, api_key_id: unscoped.id, verdict: "insufficient_scope" })).toHaveLength(1);
});

test("a key that is accepted is told at debug, with whose it is", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { ownerId: "owner-8" });
  await instance.clients.verification.verifyApiKey({ key: value });
  expect(linesWith(instance, { api_key_id: id, verdict: "valid" })).toMatchObject([
    { level: "debug", project_id: projectId, owner_id: "owner-8" },
  ]);
});

test("a flood of one key's refusals is one line a second, which counts the others", async ({ instance }) => {
  const { id, value } = await revokedKey(instance);
  const since = performance.now();
  await Promise.all(Array.from({ length: 300 }, () => instance.clients.verification.verifyApiKey({ key: value })));
  await vi.waitFor(
    () => {
      const lines = linesWith(instance, { msg: message, api_key_id: id });
      const told = lines.reduce((sum, line) => sum + 1 + Number(line["left_out"] ?? 0), 0);
      expect(told).toBe(300);
      expect(lines.length).toBeLessThanOrEqual(mostLines(since));
    },
    { timeout: 5_000, interval: 50 },
  );
});

test("made-up keys share one line a second and address, and none of them is in the log", async ({ instance }) => {
  const keys = Array.from({ length: 200 }, (_, i) => `made-up-key-${i}-of-nobody`);
  const before = linesWith(instance, { msg: message, verdict: "not_found" }).length;
  const since = performance.now();
  await Promise.all(keys.map((key) => instance.clients.verification.verifyApiKey({ key })));
  await vi.waitFor(
    () => {
      const lines = linesWith(instance, { msg: message, verdict: "not_found" }).slice(before);
      expect(lines.reduce((sum, line) => sum + 1 + Number(line["left_out"] ?? 0), 0)).toBeGreaterThanOrEqual(200);
      expect(lines.length).toBeLessThanOrEqual(mostLines(since));
    },
    { timeout: 5_000, interval: 50 },
  );
  expect(instance.logLines.join("")).not.toContain("made-up-key-");
});
