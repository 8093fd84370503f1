import { expect, vi } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { linesWith } from "../forensics/log-lines.js";
import { check, type Question } from "./check.js";

const method = "envoy.service.auth.v3.Authorization/Check";

async function guarded({ clients }: TestInstance) {
  const projectId = await newProject(clients);
  return { projectId, ...(await newApiKey(clients, projectId)) };
}

test("the line of a question says what Envoy's client has asked for, without its query", async ({ instance }) => {
  const { projectId, value } = await guarded(instance);
  const asked = { method: "POST", path: "/v1/orders/7?token=abc#x", host: "api.example.com:8443" };
  for (const [time, presented] of [value, value, "garbage"].entries()) {
    const id = `envoy-line-${time}-${Math.random()}`;
    await check(instance, {
      context: { project_id: projectId },
      headers: { "x-api-key": presented, "x-forwarded-uri": "/made-up", "x-forwarded-method": "MADEUP" },
      ...asked,
      metadata: { "x-request-id": id },
    });
    const line = await vi.waitUntil(() => linesWith(instance, { request_id: id, method })[0]);
    expect(line).toMatchObject({
      code: "ok",
      protocol: "grpc",
      forwarded_method: "POST",
      forwarded_uri: "/v1/orders/7",
      forwarded_host: "api.example.com:8443",
    });
  }
});

test("no key gets into the log, nor the root key, wherever a client puts it", async ({ instance }) => {
  const { projectId, value } = await guarded(instance);
  const encoded = (key: string) => [...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("");
  for (const key of [value, newSecret("sk-"), "letmein-0123456789-abcdefghij"]) {
    const contexts: readonly Readonly<Record<string, string>>[] = [
      { project_id: projectId },
      { project_id: projectId, key_query: "api_key" },
      { project_id: `x${key}` },
      { project_id: projectId, cost: key },
    ];
    for (const context of contexts) {
      const asked: readonly Question[] = [
        { headers: { "x-api-key": key } },
        { headers: { authorization: `Bearer ${key}, ${key}x` } },
        { headers: { "x-api-key": key }, path: `/v1/${key}/orders?api_key=${key}` },
        { headers: { "x-api-key": key }, path: `/v1/${encoded(key)}?k=${key}`, host: key },
        { path: `/?api_key=${key}` },
      ];
      for (const question of asked) {
        const answer = await check(instance, { context, ...question });
        expect(JSON.stringify(answer)).not.toContain(key);
      }
    }
    const log = instance.logLines.join("");
    expect(log).not.toContain(key);
    expect(log).not.toContain(encoded(key));
    expect(log).not.toContain(instance.rootKey);
  }
});

test("a refused key's source is whom Envoy has it from, through trusted proxies; of others it is Envoy itself", async ({
  instance,
}) => {
  const sourceOf = async (altalune: TestInstance, source: string, forwardedFor: string) => {
    const { projectId, id, value } = await guarded(instance);
    await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED });
    const before = altalune.logLines.length;
    await check(altalune, {
      context: { project_id: projectId },
      headers: { "x-api-key": value, "x-forwarded-for": forwardedFor },
      source,
    });
    const refused = { msg: "a key was refused", api_key_id: id };
    const line = await vi.waitUntil(() => linesWith({ logLines: altalune.logLines.slice(before) }, refused)[0]);
    return line?.["source"];
  };
  expect(await sourceOf(instance, "192.0.2.7", "192.0.2.8")).toBe("127.0.0.1");
  await using trusting = await startTestInstance({
    beside: instance,
    env: { ALTALUNE_TRUSTED_PROXIES: "loopback,10.0.0.0/8", LOG_LEVEL: "debug" },
  });
  expect(await sourceOf(trusting, "192.0.2.7", "198.51.100.1")).toBe("192.0.2.7");
  expect(await sourceOf(trusting, "10.0.0.1", "198.51.100.1, 192.0.2.9")).toBe("192.0.2.9");
  expect(await sourceOf(trusting, "10.0.0.1", "198.51.100.1,192.0.2.9, 10.0.0.1")).toBe("192.0.2.9");
});
