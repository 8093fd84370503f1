import { create, fromBinary, toBinary, toJsonString } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect } from "vitest";
import { AuditEventSchema } from "../../../gen/altalune/v1/audit_pb.js";
import {
  VerifyApiKeyResponseSchema,
  VerifySignedRequestRequestSchema,
} from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { nameOf, newSigningKey, type SigningKey, signedBy, verdictOn } from "./signed.js";

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

describe("a bad field of the caller's own is named", () => {
  test.each([
    ["project_id", { projectId: "" }],
    ["project_id", { projectId: "23456789abcdefg" }],
    ["method", { method: "" }],
    ["path", { path: "" }],
    ["body_sha256", { bodySha256: new Uint8Array(31) }],
    ["body_sha256", { bodySha256: new Uint8Array(33) }],
    ["body_sha256", { bodySha256: new Uint8Array(0) }],
    ["required_scopes", { requiredScopes: ["orders:*"] }],
    ["required_scopes", { requiredScopes: Array.from({ length: 65 }, (_, i) => `s${i}`) }],
  ])("%s", async (field, parts) => {
    const call = altalune.clients.verification.verifySignedRequest({ ...signedBy(key), ...parts });
    expect(await denialOf(call)).toMatchObject({ code: "InvalidArgument", fields: [field] });
  });
});

describe("what a client can send gets a verdict, whatever it is:", () => {
  test.each([
    ["a key id of 13 characters", "NOT_FOUND", { apiKeyId: "23456789abcde" }],
    ["a key id of 15 characters", "NOT_FOUND", { apiKeyId: "23456789abcdefg" }],
    ["no key id", "NOT_FOUND", { apiKeyId: "" }],
    ["a NUL in the key id", "NOT_FOUND", { apiKeyId: "23456789abcde\0" }],
    ["no time", "SIGNATURE_INVALID", { timestamp: undefined }],
    [
      "half a millisecond",
      "SIGNATURE_INVALID",
      { timestamp: create(TimestampSchema, { seconds: 1_800_000_000n, nanos: 500_000 }) },
    ],
    ["no nonce", "SIGNATURE_INVALID", { nonce: "" }],
    ["a nonce of 7 characters", "SIGNATURE_INVALID", { nonce: "1234567" }],
    ["a nonce of 129 characters", "SIGNATURE_INVALID", { nonce: "n".repeat(129) }],
    ["a line feed in the nonce", "SIGNATURE_INVALID", { nonce: "nonce\nnonce" }],
    ["a carriage return in the nonce", "SIGNATURE_INVALID", { nonce: "nonce\rnonce" }],
    ["a NUL in the nonce", "SIGNATURE_INVALID", { nonce: "nonce\0nonce" }],
    ["a method of 17 characters", "SIGNATURE_INVALID", { method: "M".repeat(17) }],
    ["a line break in the method", "SIGNATURE_INVALID", { method: "GET\n" }],
    ["a path of 8193 characters", "SIGNATURE_INVALID", { path: `/${"p".repeat(8192)}` }],
    ["a line break in the path", "SIGNATURE_INVALID", { path: "/a\n/b" }],
    ["a NUL in the path", "SIGNATURE_INVALID", { path: "/a\0/b" }],
    ["no signature", "SIGNATURE_INVALID", { signature: new Uint8Array(0) }],
    ["a signature of 31 bytes", "SIGNATURE_INVALID", { signature: new Uint8Array(31) }],
    ["a signature of 33 bytes", "SIGNATURE_INVALID", { signature: new Uint8Array(33) }],
  ])("%s is %s", async (_what, verdict, parts) => {
    expect(await verdictOn(altalune, { ...signedBy(key), ...parts })).toBe(verdict);
  });

  test("a time that no calendar has, in binary, is SIGNATURE_INVALID", async () => {
    const message = create(VerifySignedRequestRequestSchema, {
      ...signedBy(key),
      timestamp: create(TimestampSchema, { seconds: 9n ** 17n }),
    });
    const answer = await fetch(`${altalune.url}/altalune.v1.VerificationService/VerifySignedRequest`, {
      method: "POST",
      headers: { authorization: `Bearer ${altalune.rootKey}`, "content-type": "application/proto" },
      body: toBinary(VerifySignedRequestRequestSchema, message) as Uint8Array<ArrayBuffer>,
    });
    expect(nameOf(fromBinary(VerifyApiKeyResponseSchema, new Uint8Array(await answer.arrayBuffer())))).toBe(
      "SIGNATURE_INVALID",
    );
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

describe("a secret in what is neither stored nor shown gets its verdict, and stands in no log, metric or event:", () => {
  test.each([
    ["a key id", "apiKeyId", "NOT_FOUND"],
    ["a method", "method", "SIGNATURE_INVALID"],
  ] as const)("%s", async (_what, field, verdict) => {
    const { value } = await newApiKey(altalune.clients, key.projectId);
    for (const secret of [value, key.signingSecret, altalune.rootKey]) {
      expect(await verdictOn(altalune, { ...signedBy(key), [field]: secret })).toBe(verdict);
      expect(altalune.logLines.some((line) => line.includes(secret))).toBe(false);
      const { data } = await altalune.clients.audit.queryAuditEvents({ projectId: key.projectId });
      const events = data.map((event) => toJsonString(AuditEventSchema, event));
      expect(events.join()).not.toContain(secret);
    }
    const metrics = await fetch(`${altalune.url}/metrics`);
    expect(await metrics.text()).not.toContain(value);
  });
});
