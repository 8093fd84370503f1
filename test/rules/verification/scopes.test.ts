import { describe, expect } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { covers } from "../../../src/domain/scope.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { verdictOf } from "../../support/verdict.js";

/** What a granted scope covers, and what it does not. */
const wildcards: readonly (readonly [granted: string, covered: readonly string[], others: readonly string[]])[] = [
  ["orders", ["orders"], ["order", "orderss", "Orders", "orders:read", "read"]],
  ["orders:read", ["orders:read"], ["orders", "orders:write", "orders:read:x", "read:orders"]],
  ["orders:*", ["orders:read", "orders:write", "orders:read:x"], ["orders", "order:read", "orderss:read"]],
  ["*:read", ["orders:read", "items:read"], ["read", "orders:write", "orders:items:read", "orders:read:x"]],
  ["a:*:c", ["a:b:c", "a:c:c"], ["a:c", "a:b:b:c", "a:b", "a:b:c:d"]],
  ["a:*:*", ["a:b:c", "a:b:c:d"], ["a", "a:b"]],
  ["*:*", ["a:b", "a:b:c"], ["a"]],
  ["*", ["a", "a:b", "a:b:c"], []],
  ["a.b", ["a.b"], ["axb", "a:b"]],
];

describe.each(wildcards)("the scope %s", (granted, covered, others) => {
  test.each(covered)("covers %s", (required) => {
    expect(covers(granted, required)).toBe(true);
  });
  if (others.length > 0) {
    test.each(others)("does not cover %s", (required) => {
      expect(covers(granted, required)).toBe(false);
    });
  }
});

describe("a verification that requires scopes", () => {
  let altalune: TestInstance;
  let key: string;
  test.beforeAll(async ({ instance }) => {
    altalune = instance;
    const projectId = await newProject(altalune.clients);
    const scopes = ["orders:*", "items:read", "*:audit"];
    key = (await newApiKey(altalune.clients, projectId, { scopes })).value;
  });

  test.each([[[]], [["items:read"]], [["orders:read", "orders:write:x", "items:read", "any:audit"]]])(
    "is VALID when the key's scopes cover all of %j",
    async (requiredScopes) => {
      const verdict = await verdictOf(altalune.clients, key, { requiredScopes });
      expect(verdict).toMatchObject({ valid: true, code: VerificationCode.VALID, missingScopes: [] });
    },
  );

  test("names those that are missing, and no others, in their order", async () => {
    const requiredScopes = ["users:read", "orders:read", "orders", "items:write", "any:audit"];
    expect(await verdictOf(altalune.clients, key, { requiredScopes })).toMatchObject({
      valid: false,
      code: VerificationCode.INSUFFICIENT_SCOPE,
      missingScopes: ["users:read", "orders", "items:write"],
    });
  });

  test("is refused for a key without scopes", async () => {
    const bare = await newApiKey(altalune.clients, await newProject(altalune.clients));
    expect(await verdictOf(altalune.clients, bare.value, { requiredScopes: ["orders:read"] })).toMatchObject({
      code: VerificationCode.INSUFFICIENT_SCOPE,
      missingScopes: ["orders:read"],
    });
    expect(await verdictOf(altalune.clients, bare.value)).toMatchObject({ code: VerificationCode.VALID });
  });
});
