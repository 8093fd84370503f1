import { create, type DescMessage, type Message, toBinary, toJsonString } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { QueryApiKeysResponseSchema } from "../../../gen/altalune/v1/api_key_pb.js";
import { QueryAuditEventsResponseSchema } from "../../../gen/altalune/v1/audit_pb.js";
import { FilterValuesSchema } from "../../../gen/altalune/v1/common_pb.js";
import { GetUsageResponseSchema } from "../../../gen/altalune/v1/usage_pb.js";
import { BatchVerifyApiKeysResponseSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { jsonOptions } from "../../../src/server/faces/json-options.js";
import { inSlicesIfLong } from "../../../src/server/faces/long-answer.js";

const at = timestampFromDate(new Date("2026-11-26T00:00:00Z"));
const names = (count: number) => Array.from({ length: count }, (_, i) => `"],{[é${i}\\`);
const answers: readonly [DescMessage, (count: number) => Message][] = [
  [
    QueryApiKeysResponseSchema,
    (count) =>
      create(QueryApiKeysResponseSchema, {
        data: names(count).map((name) => ({ name, createdAt: at })),
        meta: { rowCount: count, filters: { data: create(FilterValuesSchema, { values: ["[]"] }) } },
      }),
  ],
  [
    QueryAuditEventsResponseSchema,
    (count) =>
      create(QueryAuditEventsResponseSchema, { data: names(count).map((actor) => ({ actor, createdAt: at })) }),
  ],
  [
    BatchVerifyApiKeysResponseSchema,
    (count) => create(BatchVerifyApiKeysResponseSchema, { responses: names(count).map((name) => ({ name })) }),
  ],
  [
    GetUsageResponseSchema,
    (count) =>
      create(GetUsageResponseSchema, {
        buckets: names(count).map((_, i) => ({ startTime: at, counts: { "[": BigInt(i) } })),
      }),
  ],
];

describe.each(answers)("%s is the same, written in slices or at once", (schema, answer) => {
  test.each([0, 1, 199, 200, 201, 400, 1_000])("with %d items", async (count) => {
    const whole = answer(count);
    const json = (message: Message) => Buffer.from(toJsonString(schema, message, jsonOptions));
    const binary = (message: Message) => toBinary(schema, message);
    expect(String(await inSlicesIfLong(schema, false, json)(whole, "caller"))).toBe(String(json(whole)));
    expect(Buffer.from(await inSlicesIfLong(schema, true, binary)(whole, "caller"))).toEqual(
      Buffer.from(binary(whole)),
    );
  });
});
