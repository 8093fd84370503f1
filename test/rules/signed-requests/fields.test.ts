import { describe, expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { newApiKey } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newSigningKey, type SigningKey, signedBy, verdictOn } from "./signed.js";

let altalune: TestInstance;
let key: SigningKey;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  key = await newSigningKey(altalune.clients);
});

describe("the largest and smallest that is allowed verifies", () => {
  test.each([
    ["a nonce of 8 characters", { nonce: "12345678" }],
    ["a nonce of 128 characters", { nonce: "n".repeat(128) }],
    ["a nonce of 128 characters of four bytes", { nonce: "🌙".repeat(128) }],
    ["a method of 1 character", { method: "M" }],
    ["a method of 16 characters", { method: "M".repeat(16) }],
    ["a path of 1 character", { path: "*" }],
    ["a path of 8192 characters", { path: `/${"p".repeat(8191)}` }],
    ["tabs and other lines than ours", { path: "/a\tb\u2028c\u0085d\u000be" }],
  ])("%s", async (_what, parts) => {
    expect(await verdictOn(altalune, signedBy(key, parts))).toBe("VALID");
  });
});

describe("a bad field is named", () => {
  test.each([
    ["api_key_id", { apiKeyId: "23456789abcde" }],
    ["api_key_id", { apiKeyId: "23456789abcdefg" }],
    ["project_id", { projectId: "" }],
    ["project_id", { projectId: "23456789abcdefg" }],
    ["timestamp", { timestamp: undefined }],
    ["nonce", { nonce: "1234567" }],
    ["nonce", { nonce: "n".repeat(129) }],
    ["nonce", { nonce: "nonce\nnonce" }],
    ["nonce", { nonce: "nonce\rnonce" }],
    ["nonce", { nonce: "nonce\0nonce" }],
    ["method", { method: "" }],
    ["method", { method: "M".repeat(17) }],
    ["method", { method: "GET\n" }],
    ["path", { path: "" }],
    ["path", { path: `/${"p".repeat(8192)}` }],
    ["path", { path: "/a\n/b" }],
    ["body_sha256", { bodySha256: new Uint8Array(31) }],
    ["body_sha256", { bodySha256: new Uint8Array(33) }],
    ["body_sha256", { bodySha256: new Uint8Array(0) }],
    ["signature", { signature: new Uint8Array(31) }],
    ["signature", { signature: new Uint8Array(33) }],
    ["required_scopes", { requiredScopes: ["orders:*"] }],
    ["required_scopes", { requiredScopes: Array.from({ length: 65 }, (_, i) => `s${i}`) }],
  ])("%s", async (field, parts) => {
    const call = altalune.clients.verification.verifySignedRequest({ ...signedBy(key), ...parts });
    expect(await denialOf(call)).toMatchObject({ code: "InvalidArgument", fields: [field] });
  });
});

describe("a secret in the wrong field is refused, and not quoted", () => {
  test.each(["nonce", "path"] as const)("%s", async (field) => {
    const { value } = await newApiKey(altalune.clients, key.projectId);
    for (const secret of [value, key.signingSecret, altalune.rootKey]) {
      const request = { ...signedBy(key), [field]: `/orders?key=${secret}` };
      const refused = await denialOf(altalune.clients.verification.verifySignedRequest(request));
      expect(refused).toMatchObject({ code: "InvalidArgument", fields: [field] });
      expect(refused.message).toMatch(new RegExp(`^${field}: must not hold a secret`));
      expect(refused.message).not.toContain(secret);
      expect(altalune.logLines.some((line) => line.includes(secret))).toBe(false);
    }
  });
});
