import { expect, vi } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { linesWith } from "../forensics/log-lines.js";
import { ask, type Header } from "./ask.js";

async function guarded({ clients }: TestInstance) {
  const projectId = await newProject(clients);
  return { projectId, ...(await newApiKey(clients, projectId)) };
}

/** The call's line of the log, once it is there. */
async function lineOf(instance: TestInstance, requestId: string) {
  return vi.waitUntil(() => linesWith(instance, { request_id: requestId, method: "forward-auth" })[0]);
}

test("the line of a question says what the gateway's client has asked for, without its query", async ({ instance }) => {
  const { projectId, value } = await guarded(instance);
  const told: readonly (readonly Header[])[] = [
    [
      ["X-Forwarded-Method", "POST"],
      ["X-Forwarded-Uri", "/v1/orders/7?token=abc#x"],
      ["X-Forwarded-Host", "api.example.com:8443"],
    ],
    [
      ["X-Original-Method", "POST"],
      ["X-Original-URI", "https://user:password@api.example.com/v1/orders/7?token=abc"],
      ["X-Forwarded-Host", "api.example.com:8443"],
    ],
  ];
  for (const [which, headers] of told.entries()) {
    for (const presented of [value, value, "garbage"]) {
      const id = `line-${which}-${presented.length}-${Math.random()}`;
      await ask(instance, {
        query: `project_id=${projectId}`,
        headers: [["X-API-Key", presented], ["X-Request-Id", id], ...headers],
      });
      expect(await lineOf(instance, id)).toMatchObject({
        code: "ok",
        forwarded_method: "POST",
        forwarded_uri: "/v1/orders/7",
        forwarded_host: "api.example.com:8443",
      });
    }
  }
});

test("the line of a refused key says it too, at info", async ({ instance }) => {
  const { projectId, id, value } = await guarded(instance);
  await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED });
  const headers: readonly Header[] = [
    ["X-API-Key", value],
    ["X-Forwarded-Method", "DELETE"],
    ["X-Forwarded-Uri", "/v1/orders"],
  ];
  await ask(instance, { query: `project_id=${projectId}`, headers });
  const refused = { msg: "a key was refused", api_key_id: id };
  await vi.waitUntil(() => linesWith(instance, refused).length > 0);
  expect(linesWith(instance, refused)[0]).toMatchObject({
    level: "info",
    verdict: "revoked",
    forwarded_method: "DELETE",
    forwarded_uri: "/v1/orders",
  });
});

test("no key gets into the log, wherever a client puts it, good or bad, of our format or not", async ({ instance }) => {
  const { projectId, value } = await guarded(instance);
  const foreign = "letmein-0123456789-abcdefghij";
  const encoded = (key: string) => [...key].map((char) => `%${char.charCodeAt(0).toString(16)}`).join("");
  for (const key of [value, newSecret("sk-"), foreign]) {
    const places: readonly (readonly Header[])[] = [
      [["X-API-Key", key]],
      [["Authorization", `Bearer ${key}`]],
      [["Authorization", `Bearer ${key}, ${key}x`]],
      [
        ["X-API-Key", `a, b, ${key}`],
        ["X-Request-Id", key],
        ["X-Forwarded-Uri", `/v1/${key}`],
      ],
      [
        ["X-API-Key", key],
        ["X-Request-Id", key],
        ["X-Forwarded-Host", key],
        ["X-Forwarded-Method", "GET"],
      ],
      [
        ["X-API-Key", key],
        ["X-Forwarded-Uri", `/v1/${key}/orders?api_key=${key}`],
      ],
      [
        ["X-API-Key", key],
        ["X-Original-URI", `/v1/${encoded(key)}?k=${key}`],
      ],
      [
        ["X-API-Key", key],
        ["X-Forwarded-Uri", `/${"long/".repeat(38)}${key}`],
      ],
      [["X-Original-URI", `/?api_key=${key}`]],
    ];
    const queries = [
      `project_id=${projectId}`,
      `project_id=${projectId}&key_query=api_key`,
      "cost=x",
      `project_id=x${key}`,
    ];
    for (const headers of places) {
      for (const query of queries) {
        const { body, headers: heard } = await ask(instance, { query, headers });
        expect(body + JSON.stringify(heard)).not.toContain(key);
      }
    }
    const log = instance.logLines.join("");
    expect(log).not.toContain(key);
    expect(log).not.toContain(encoded(key));
    expect(log).not.toContain(instance.rootKey);
  }
  expect(linesWith(instance, { forwarded_uri: "(holds a key)" }).length).toBeGreaterThan(0);
});

test("a long path is cut, and text that is no method or host is left out", async ({ instance }) => {
  const { projectId, value } = await guarded(instance);
  const headers: readonly Header[] = [
    ["X-API-Key", value],
    ["X-Request-Id", "long-path"],
    ["X-Forwarded-Uri", `/${"a".repeat(5_000)}`],
    ["X-Forwarded-Method", "GET /x"],
    ["X-Forwarded-Host", "a b"],
  ];
  await ask(instance, { query: `project_id=${projectId}`, headers });
  const line = await lineOf(instance, "long-path");
  expect(line?.["forwarded_uri"]).toMatch(/^\/a{199}…$/);
  expect(line).not.toHaveProperty("forwarded_method");
  expect(line).not.toHaveProperty("forwarded_host");
});
