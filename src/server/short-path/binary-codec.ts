import { toBinary } from "@bufbuild/protobuf";
import { VerifyApiKeyResponseSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { verdictToProto } from "../../domain/verification/mapper.js";
import { cachedEncoder } from "./answers.js";
import type { ShortCodec } from "./codec.js";
import { checkedQuestion, type RawQuestion } from "./question.js";

/** Field number and wire type, as one byte each. */
const tag = { key: 0x0a, projectId: 0x12, requiredScopes: 0x1a, cost: 0x20 } as const;

/** VerifyApiKey in protobuf's binary form. Fields that it does not know, and text beyond ASCII, are left to the library. */
export const binaryCodec: ShortCodec = {
  contentType: "application/proto",

  decode(body) {
    const raw = rawQuestion(body);
    return raw && checkedQuestion(raw);
  },

  encode: cachedEncoder((verdict) => {
    const bytes = toBinary(VerifyApiKeyResponseSchema, verdictToProto(verdict));
    return { text: Buffer.from(bytes).toString("latin1"), encoding: "latin1", bytes: bytes.length };
  }),
};

function rawQuestion(body: Buffer): RawQuestion | undefined {
  const raw: RawQuestion = { key: "", projectId: "", requiredScopes: [], cost: undefined };
  const scopes: string[] = [];
  raw.requiredScopes = scopes;
  let at = 0;
  while (at < body.length) {
    const field = body[at];
    const varint = readVarint(body, at + 1);
    if (varint === undefined) {
      return undefined;
    }
    at = varint.next;
    if (field === tag.cost) {
      raw.cost = varint.value;
      continue;
    }
    const text = readAscii(body, at, varint.value);
    if (text === undefined) {
      return undefined;
    }
    at += varint.value;
    // As protobuf has it, the last of a field that is given twice counts.
    if (field === tag.key) {
      raw.key = text;
    } else if (field === tag.projectId) {
      raw.projectId = text;
    } else if (field === tag.requiredScopes) {
      scopes.push(text);
    } else {
      return undefined;
    }
  }
  return raw;
}

/** Up to 28 bits, in their shortest form; others are left to the library. */
function readVarint(body: Buffer, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = body[at + i];
    if (byte === undefined) {
      return undefined;
    }
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      return { value, next: at + i + 1 };
    }
  }
  return undefined;
}

function readAscii(body: Buffer, at: number, length: number): string | undefined {
  const end = at + length;
  if (end > body.length) {
    return undefined;
  }
  for (let i = at; i < end; i++) {
    const byte = body[i];
    if (byte === undefined || byte < 0x20 || byte > 0x7e) {
      return undefined;
    }
  }
  return body.toString("latin1", at, end);
}
