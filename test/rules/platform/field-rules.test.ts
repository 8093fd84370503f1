import { create, createRegistry, type DescField, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createValidator } from "@bufbuild/protovalidate";
import { StringRulesSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  ApiKeySchema,
  CreateApiKeyRequestSchema,
  QueryApiKeysRequestSchema,
} from "../../../gen/altalune/v1/api_key_pb.js";
import { CreateProjectRequestSchema } from "../../../gen/altalune/v1/project_pb.js";
import { file_altalune_v1_rules } from "../../../gen/altalune/v1/rules_pb.js";
import { DeleteTierRequestSchema } from "../../../gen/altalune/v1/tier_pb.js";
import {
  VerifyApiKeyRequestSchema,
  VerifySignedRequestRequestSchema,
} from "../../../gen/altalune/v1/verification_pb.js";
import { hasSecretShape, newSecret } from "../../../src/domain/api_key/secret-format.js";
import { isText, maxItems, maxJsonBytes, readTextRules, textRules } from "../../../src/platform/field-rules.js";
import { newPublicId } from "../../../src/platform/ids.js";
import { dayMs } from "../../support/fixtures.js";

const validator = createValidator({ registry: createRegistry(file_altalune_v1_rules) });

function violations<Desc extends DescMessage>(desc: Desc, message: MessageInitShape<Desc>, field: DescField) {
  const result = validator.validate(desc, create(desc, message));
  return (result.kind === "invalid" ? result.violations : [])
    .filter(({ field: [first] }) => first === field)
    .map(({ ruleId, message: sentence }) => ({ ruleId, sentence }));
}

const newKey = CreateApiKeyRequestSchema;
const verify = VerifyApiKeyRequestSchema;

describe("a shape that several requests share is refused by the same rule and sentence everywhere", () => {
  test.each([
    ["public id", QueryApiKeysRequestSchema, "projectId", "short", ["string.len: must be 14 characters"]],
    ["key name", newKey, "name", "#", ["name: must be 2 to 50 letters, digits, spaces, - and _"]],
    ["short project name", CreateProjectRequestSchema, "name", "o", ["string.min_len: must be at least 2 characters"]],
    [
      "long project name",
      CreateProjectRequestSchema,
      "name",
      "o".repeat(51),
      ["string.max_len: must be at most 50 characters"],
    ],
    ["tier", DeleteTierRequestSchema, "name", "A", ["tier: must be 1 to 32 characters of a-z, 0-9, _ and -"]],
    [
      "key prefix",
      CreateProjectRequestSchema,
      "keyPrefix",
      "sk",
      ["key_prefix: must be 1 to 16 characters of a-z, A-Z, 0-9, _ and -, and end in - or _"],
    ],
    ["owner", newKey, "ownerId", "é".repeat(129), ["string.max_len: must be at most 128 characters"]],
    [
      "scope",
      newKey,
      "scopes",
      [`${"a".repeat(100)}!`],
      [
        "scope: must be segments of a-z, A-Z, 0-9, _, . and -, or *, joined by colons",
        "string.max_len: must be at most 100 characters",
      ],
    ],
    [
      "required scope",
      verify,
      "requiredScopes",
      [`${"a".repeat(100)}*`],
      [
        "required_scope: must be segments of a-z, A-Z, 0-9, _, . and - joined by colons, without *",
        "string.max_len: must be at most 100 characters",
      ],
    ],
    [
      "expiration",
      newKey,
      "expiration",
      { seconds: 0n },
      ["expiration: must be in the future and at most 730 days from now"],
    ],
  ] as const)("%s", (_, desc: DescMessage, name, value, expected) => {
    const field = fieldOf(desc, name);
    const told = violations(desc, { [name]: value }, field).map(({ ruleId, sentence }) => `${ruleId}: ${sentence}`);
    expect(told).toEqual(expected);
  });
});

describe("an expiration is held to its bounds to the millisecond", () => {
  const now = Date.parse("2026-03-01T12:00:00.500Z");
  const longest = 730 * dayMs;
  test.beforeAll(() => vi.useFakeTimers({ toFake: ["Date"], now }));
  test.afterAll(() => vi.useRealTimers());

  test.each([
    ["now", 0, false],
    ["a millisecond ago", -1, false],
    ["in a millisecond", 1, true],
    ["a second ago", -1_000, false],
    ["in a second", 1_000, true],
    ["in 730 days", longest, true],
    ["in 730 days less a millisecond", longest - 1, true],
    ["in 730 days and a millisecond", longest + 1, false],
    ["in 730 days and half a second", longest + 500, false],
    ["in 1970", -now, false],
    ["in the year 9999", Date.parse("9999-12-31T23:59:59.999Z") - now, false],
  ] as const)("%s", (_, ms, isAllowed) => {
    const expiration = timestampFromMs(now + ms);
    expect(violations(newKey, { expiration }, newKey.field.expiration)).toHaveLength(isAllowed ? 0 : 1);
  });
});

describe("the rules that are read out of the contract", () => {
  test("hold the numbers of a verification", () => {
    expect(textRules(verify.field.projectId)).toMatchObject({ minLength: 14, maxLength: 14 });
    expect(textRules(verify.field.requiredScopes)).toMatchObject({ minLength: 0, maxLength: 100 });
    expect(maxItems(verify.field.requiredScopes)).toBe(64);
    expect(maxJsonBytes(ApiKeySchema.field.metadata)).toBe(8192);
  });

  const likely = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."aZ09_-.:* éß𝄞"), maxLength: 8 }),
    fc.string({ unit: fc.constantFrom(..."a_-:𝄞"), minLength: 10, maxLength: 18 }),
    fc.integer({ min: 0, max: 140 }).map((length) => "a".repeat(length)),
  );

  test.each([
    ["a public id", QueryApiKeysRequestSchema, "projectId", (text: string) => text],
    ["a name", newKey, "name", (text: string) => text],
    ["an owner", newKey, "ownerId", (text: string) => text],
    ["a tier", DeleteTierRequestSchema, "name", (text: string) => text],
    ["a scope", newKey, "scopes", (text: string) => [text]],
    ["a required scope", verify, "requiredScopes", (text: string) => [text]],
  ] as const)("take %s exactly where the validator does", (_, desc: DescMessage, name, asValue) => {
    const field = fieldOf(desc, name);
    const rules = textRules(field);
    fc.assert(
      fc.property(likely, (text) => {
        expect(isText(rules, text)).toBe(violations(desc, { [name]: asValue(text) }, field).length === 0);
      }),
    );
  });

  test("are those of the ids and keys that are made", () => {
    expect(isText(textRules(QueryApiKeysRequestSchema.field.projectId), newPublicId())).toBe(true);
    const prefixes = fc.oneof(
      fc.constantFrom("sk-", "sk_", "_", "-", ""),
      fc.string({ unit: fc.constantFrom(..."aZ9_-."), maxLength: 18 }),
    );
    const rules = textRules(CreateProjectRequestSchema.field.keyPrefix);
    fc.assert(
      fc.property(prefixes, (prefix) => {
        expect(hasSecretShape(newSecret(prefix))).toBe(isText(rules, prefix));
      }),
    );
  });

  test("are not read where only the validator can judge", () => {
    expect(() => textRules(VerifySignedRequestRequestSchema.field.nonce)).toThrow("not those of a text alone");
    expect(() => textRules(newKey.field.expiration)).toThrow("not those of a text alone");
    expect(() => maxJsonBytes(newKey.field.rateLimits)).toThrow("no max_json_bytes");
  });

  test("are not read when one of them is unknown", () => {
    const unknown = create(StringRulesSchema);
    unknown.$unknown = [{ no: 412_600_199, wireType: 0, data: new Uint8Array([1]) }];
    expect(() => readTextRules(unknown)).toThrow("a rule of another file");
  });
});

function fieldOf(desc: DescMessage, name: string): DescField {
  const field = desc.field[name];
  if (field === undefined) {
    throw new Error(`${desc.typeName} has no ${name}`);
  }
  return field;
}
