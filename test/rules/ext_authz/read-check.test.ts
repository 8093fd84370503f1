import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CheckRequestSchema } from "../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import { checkIn, entryIn } from "../../../src/server/faces/ext-authz/read-check.js";
import { RequirementError } from "../../../src/server/faces/gateway/requirements.js";
import { attributesOf } from "./check.js";

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const value = fc.stringMatching(/^[\x20-\x7e]{0,20}$/);
const texts = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });
const question = fc.record(
  {
    context: texts,
    headers: texts,
    rawHeaders: fc.array(fc.tuple(name, value), { maxLength: 6 }),
    path: value,
    method: value,
    host: value,
    source: fc.ipV4(),
  },
  { requiredKeys: ["context", "path", "method", "host"] },
);

test("a question is read as the library reads it", () => {
  fc.assert(
    fc.property(question, (asked) => {
      const bytes = toBinary(CheckRequestSchema, create(CheckRequestSchema, { attributes: attributesOf(asked) }));
      const read = checkIn(Buffer.from(bytes));
      const { attributes } = fromBinary(CheckRequestSchema, bytes);
      const http = attributes?.request?.http;
      expect(Object.fromEntries(read.contextExtensions.map(entryIn))).toEqual(attributes?.contextExtensions);
      expect(read).toMatchObject({ path: http?.path, method: http?.method, host: http?.host });
      expect(read.source).toBe(asked.source ?? "");
      const listed = http?.headerMap?.headers.map(({ key, rawValue }) => [key, Buffer.from(rawValue).toString()]);
      expect(read.rawHeaders).toEqual((listed ?? Object.entries(http?.headers ?? {})).flat());
    }),
  );
});

test("a question that was changed anywhere is read, or told to be none, and nothing else comes of it", () => {
  const good = toBinary(
    CheckRequestSchema,
    create(CheckRequestSchema, {
      attributes: attributesOf({ context: { project_id: "x" }, headers: { "x-api-key": "k" }, source: "192.0.2.1" }),
    }),
  );
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.oneof(changes, fc.uint8Array({ maxLength: 200 })), (change) => {
      const bytes = change instanceof Uint8Array ? Buffer.from(change) : Buffer.from(good);
      for (const [at, byte] of change instanceof Uint8Array ? [] : change) {
        bytes[at] = byte;
      }
      try {
        checkIn(bytes).contextExtensions.map(entryIn);
      } catch (error) {
        expect(error).toBeInstanceOf(RequirementError);
      }
    }),
  );
});
