import { createAltalune } from "@altalune/sdk";
import { create, hasOption, toBinary } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { VerifyApiKeyRequestSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { longestKey } from "../../../sdk/src/guard.js";
import { checkCost, checkGuardOptions } from "../../../sdk/src/guard-options.js";
import { widths } from "../../../sdk/src/rate-limit-headers.js";
import { mayRetry } from "../../../sdk/src/retries.js";
import { checkScopes, missingScopes } from "../../../sdk/src/scopes.js";
import { windowMs } from "../../../src/domain/rate_limit/model.js";
import { missingScopes as serversMissingScopes } from "../../../src/domain/scope.js";
import { maxKeyLength } from "../../../src/domain/verification/model.js";
import { isText, maxItems, textRules } from "../../../src/platform/field-rules.js";
import { newPublicId } from "../../../src/platform/ids.js";
import { rpcRule } from "../../../src/server/call/rpc-table.js";
import { everyService } from "../authority/every-rpc.js";

test("the SDK sends again what Altalune says may always be sent again, and nothing else", () => {
  const methods = everyService.flatMap((service) => service.methods);
  const saying = (by: (method: (typeof methods)[number]) => boolean | undefined) =>
    Object.fromEntries(methods.map((method) => [method.name, by(method)]));
  expect(saying(mayRetry)).toEqual(saying((method) => rpcRule(method)?.mayRetry === true));
});

test("the SDK's requireScopes covers what Altalune's scopes cover", () => {
  const segment = fc.constantFrom("a", "b", "orders", "*");
  const scope = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join(":"));
  const required = scope.map((text) => text.replaceAll("*", "c"));
  fc.assert(
    fc.property(fc.array(scope, { maxLength: 4 }), fc.array(required, { maxLength: 4 }), (granted, needed) => {
      expect(missingScopes(granted, needed)).toEqual(serversMissingScopes(granted, needed));
    }),
  );
});

const { requiredScopes, cost } = VerifyApiKeyRequestSchema.field;

/** Texts near the rules: of the characters that matter, in the lengths that matter, and whatever else there is. */
const nearText = fc.oneof(
  fc
    .array(fc.constantFrom("a", "Z", "0", "_", ".", "-", ":", "*", " ", "\n", "\u00e9"), { maxLength: 6 })
    .map((parts) => parts.join("")),
  fc.integer({ min: 97, max: 103 }).map((length) => "a".repeat(length)),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);

test("the SDK's guard takes the scopes that Altalune takes, and no others", () => {
  const rules = textRules(requiredScopes);
  fc.assert(
    fc.property(nearText, (scope) => {
      expect(passes(() => checkScopes([scope]))).toBe(isText(rules, scope));
    }),
    { numRuns: 1000 },
  );
  const scopes = (count: number) => Array<string>(count).fill("orders:read");
  expect(passes(() => checkScopes(scopes(maxItems(requiredScopes))))).toBe(true);
  expect(passes(() => checkScopes(scopes(maxItems(requiredScopes) + 1)))).toBe(false);
});

test("the SDK's guard takes the costs that Altalune takes, and no others", () => {
  const near = fc.oneof(
    fc.double(),
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: 2 ** 32 - 3, max: 2 ** 32 + 3 }),
  );
  fc.assert(
    fc.property(near, (value) => {
      expect(passes(() => checkCost(value))).toBe(
        passes(() => toBinary(VerifyApiKeyRequestSchema, create(VerifyApiKeyRequestSchema, { cost: value }))),
      );
    }),
  );
  // Of a rule beside its type, the SDK would have to know.
  expect(hasOption(cost, fieldRules)).toBe(false);
});

test("the SDK's guard takes whatever id Altalune gives a project", () => {
  const altalune = createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x" });
  for (let i = 0; i < 200; i += 1) {
    const projectId = newPublicId();
    expect(
      passes(() => checkGuardOptions({ altalune, projectId })),
      projectId,
    ).toBe(true);
  }
});

test("the SDK's guard asks about keys as long as Altalune takes, and about none that is longer", () => {
  expect(longestKey).toBe(maxKeyLength);
});

test("the SDK knows the windows that Altalune's limits have, and how long each is", () => {
  expect(widths).toEqual(Object.fromEntries(Object.entries(windowMs).map(([window, ms]) => [window, ms / 1000])));
});

function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
