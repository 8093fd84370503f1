import { getOption } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { expect, test } from "vitest";
import { ApiKeySchema, UpdateApiKeyRequestSchema } from "../../../gen/altalune/v1/api_key_pb.js";
import { ProjectSchema, UpdateProjectRequestSchema } from "../../../gen/altalune/v1/project_pb.js";
import type { Tier } from "../../../gen/altalune/v1/tier_pb.js";
import { UpdateUserRequestSchema, UserSchema } from "../../../gen/altalune/v1/user_pb.js";
import type { FieldReaders } from "../../../src/domain/field-mask.js";
import type { EveryField } from "../../../src/domain/proto-values.js";

test.each([
  [UpdateApiKeyRequestSchema, ApiKeySchema, ["project_id", "api_key_id", "etag"]],
  [UpdateProjectRequestSchema, ProjectSchema, ["project_id", "etag"]],
  [UpdateUserRequestSchema, UserSchema, ["user_id", "etag"]],
] as const)(
  "the mask of $0.name may name every field but what says which it is of, and in which state",
  (request, resource, ids) => {
    const rules = getOption(request.field.updateMask, fieldRules).type;
    const named = rules.case === "fieldMask" ? rules.value.in : [];
    const updatable = request.fields.map(({ name }) => name).filter((name) => ![...ids, "update_mask"].includes(name));
    expect(named).toEqual(updatable);
    const shown = resource.fields.map(({ name }) => name);
    expect(updatable.filter((name) => !shown.includes(name) && name !== "never_expires")).toEqual([]);
  },
);

test("a field that a mapper forgets does not compile", () => {
  type Request = { readonly id: string; readonly name: string; readonly maxKeys: number; readonly updateMask?: object };
  const name = { isSet: () => true, read: () => ({}) };
  const whole: FieldReaders<Request, "id", object> = { name, max_keys: name };
  // @ts-expect-error max_keys is forgotten
  const forgotten: FieldReaders<Request, "id", object> = { name };
  // @ts-expect-error createdAt and updatedAt are forgotten
  const tier: EveryField<Tier> = { name: "free", rateLimits: undefined };
  expect([Object.keys(whole), Object.keys(forgotten), Object.keys(tier)]).toEqual([
    ["name", "max_keys"],
    ["name"],
    ["name", "rateLimits"],
  ]);
});
