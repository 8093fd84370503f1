import { toBinary, toJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { VerifyApiKeyResponseSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { verdictToProto } from "../../../src/domain/verification/mapper.js";
import type { KeyRecord, Verdict } from "../../../src/domain/verification/model.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import { binaryCodec } from "../../../src/server/faces/unary/binary-codec.js";
import { jsonCodec } from "../../../src/server/faces/unary/json-codec.js";

const record: fc.Arbitrary<KeyRecord> = fc.record({
  slots: fc.constant(undefined).map(emptySlots),
  projectId: fc.constant(1n),
  projectPublicId: fc.constant("22222222222222"),
  apiKeyId: fc.constant(2n),
  apiKeyPublicId: fc.constant("33333333333333"),
  name: fc.string({ unit: "grapheme" }),
  ownerId: fc.string({ unit: "grapheme" }),
  scopes: fc.array(fc.constantFrom("orders:read", "contents"), { maxLength: 3 }),
  tier: fc.constantFrom("", "pro"),
  metadata: fc.option(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), { nil: undefined }),
  active: fc.constant(true),
  revoked: fc.constant(false),
  expiresAtMs: fc.constantFrom(undefined, Date.parse("2031-05-06T10:20:30.400Z"), Date.parse("2031-05-06T10:20:30Z")),
  rateLimits: fc.constant({ perMinute: undefined, perDay: undefined }),
  unusedDigest: fc.constant(undefined),
  reachableProjectIds: fc.constant(undefined),
  clockOffsetMs: fc.constant(0),
});

const uint32 = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff }));

/** Windows that several calls fall into, with what is left at each. */
const windows = fc.array(
  fc.record({
    window: fc.constantFrom("minute" as const, "day" as const),
    limit: uint32.map((limit) => Math.max(1, limit)),
    resetAt: fc.date({
      min: new Date("1970-01-01T00:01:00Z"),
      max: new Date("9999-12-31T00:00:00Z"),
      noInvalidDate: true,
    }),
    left: fc.array(uint32, { minLength: 4, maxLength: 4 }),
  }),
  { maxLength: 2 },
);

test("what a limited key is answered call after call is what the library would write", () => {
  fc.assert(
    fc.property(record, windows, (key, states) => {
      for (let call = 0; call < 4; call++) {
        // Keys of two tiers take turns, whose limits end at the same time, which is one object.
        const limits = states.map(({ left, limit, ...state }) => {
          return { ...state, limit: call % 2 === 0 ? limit : Math.max(1, limit - 1), remaining: left[call] ?? 0 };
        });
        const verdict: Verdict = { code: "valid", record: key, missingScopes: [], limits, retryAfterMs: undefined };
        const message = verdictToProto(verdict);
        const json = jsonCodec.encode(verdict);
        expect(json.text).toBe(toJsonString(VerifyApiKeyResponseSchema, message, { alwaysEmitImplicit: true }));
        expect(json.bytes).toBe(Buffer.byteLength(json.text, json.encoding));
        const binary = binaryCodec.encode(verdict);
        expect(Buffer.from(binary.text, binary.encoding)).toEqual(
          Buffer.from(toBinary(VerifyApiKeyResponseSchema, message)),
        );
        expect(binary.bytes).toBe(binary.text.length);
      }
    }),
  );
});
