import { create, toBinary } from "@bufbuild/protobuf";
import { RateLimitStateSchema, VerifyApiKeyResponseSchema } from "../../../../gen/altalune/v1/verification_pb.js";
import { limitStateToProto } from "../../../domain/proto-values.js";
import type { LimitState } from "../../../domain/rate_limit/model.js";
import { verdictToProto } from "../../../domain/verification/mapper.js";
import type { Verdict } from "../../../domain/verification/model.js";
import { cachedEncoder } from "./encoded-response.js";
import { keptLimitTexts } from "./limit-texts.js";
import type { EncodedResponse, VerifyCodec } from "./verify-codec.js";
import { checkedRequest, emptyRequest, type UncheckedRequest } from "./verify-request.js";

/** Field number and wire type, as one byte each. */
const tag = { key: 0x0a, projectId: 0x12, requiredScopes: 0x1a, cost: 0x20, sourceIp: 0x32, userAgent: 0x3a } as const;

/** VerifyApiKey in protobuf's binary form. Fields that it does not know, and text beyond ASCII, are left to the library. */
export const binaryCodec: VerifyCodec = {
  contentType: "application/proto",

  decode(body) {
    const raw = uncheckedRequest(body);
    return raw && checkedRequest(raw);
  },

  encode: cachedEncoder({
    whole: (verdict) => encoded(write(verdict)),
    keep: (verdict) => ({ code: verdict.code, text: write(verdict) }),

    again({ text }, _record, limits) {
      let withThem = text;
      for (const state of limits) {
        const message = limitMessage(state);
        withThem += rateLimitsTag + varint(message.length) + message;
      }
      return encoded(withThem);
    },
  }),
};

function write(verdict: Verdict): string {
  return latin1(toBinary(VerifyApiKeyResponseSchema, verdictToProto(verdict)));
}

function encoded(text: string): EncodedResponse {
  return { text, encoding: "latin1", bytes: text.length };
}

/** Of `rate_limits` in the answer, and of `remaining` in one of them. */
const rateLimitsTag = "\x62";
const remainingTag = "\x18";

const limitText = keptLimitTexts((state) => {
  const { window, limit, resetAt } = limitStateToProto({ ...state, remaining: 0 });
  const before = latin1(toBinary(RateLimitStateSchema, create(RateLimitStateSchema, { window, limit })));
  const whole = latin1(toBinary(RateLimitStateSchema, create(RateLimitStateSchema, { window, limit, resetAt })));
  return { before, after: whole.slice(before.length) };
});

function limitMessage(state: LimitState): string {
  const { before, after } = limitText(state);
  return state.remaining === 0 ? before + after : before + remainingTag + varint(state.remaining) + after;
}

/** @param value less than 2^53 */
function varint(value: number): string {
  let bytes = "";
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    bytes += String.fromCharCode((rest % 0x80) | 0x80);
  }
  return bytes + String.fromCharCode(rest);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function uncheckedRequest(body: Buffer): UncheckedRequest | undefined {
  const raw = emptyRequest();
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
    } else if (field === tag.sourceIp) {
      raw.sourceIp = text;
    } else if (field === tag.userAgent) {
      raw.userAgent = text;
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
