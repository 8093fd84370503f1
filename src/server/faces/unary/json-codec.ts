import { isAscii } from "node:buffer";
import { type JsonObject, toJson, toJsonString } from "@bufbuild/protobuf";
import { RateLimitStateSchema, VerifyApiKeyResponseSchema } from "../../../../gen/altalune/v1/verification_pb.js";
import { limitStateToProto } from "../../../domain/proto-values.js";
import type { LimitState } from "../../../domain/rate_limit/model.js";
import { verdictToProto } from "../../../domain/verification/mapper.js";
import { maxCost, type Verdict } from "../../../domain/verification/model.js";
import { jsonOptions } from "../json-options.js";
import { cachedEncoder } from "./encoded-response.js";
import { framed, jsonFrames } from "./json-frames.js";
import { keptLimitTexts } from "./limit-texts.js";
import type { EncodedResponse, VerifyCodec } from "./verify-codec.js";
import { checkedRequest, emptyRequest, type UncheckedRequest } from "./verify-request.js";

/**
 * VerifyApiKey in JSON. Only the common forms are read here: an object with known members, each of its own type and given
 * once. Anything else is left to the protobuf library.
 */
export const jsonCodec: VerifyCodec = {
  contentType: "application/json",

  decode(body) {
    const text = body.toString("latin1");
    // Then quotes delimit strings, and nothing in them needs unescaping.
    if (!isAscii(body) || text.includes("\\")) {
      return undefined;
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return undefined;
    }
    const raw = uncheckedRequest(parsed, text);
    return raw && checkedRequest(raw);
  },

  encode: cachedEncoder({
    whole: (verdict) => encoded(JSON.stringify(json(verdict))),
    keep: jsonFrames(json),
    again: (frame, record, limits) => encoded(framed(frame, record, limitsJson(limits))),
  }),
};

function json(verdict: Verdict): JsonObject {
  return toJson(VerifyApiKeyResponseSchema, verdictToProto(verdict), jsonOptions) as JsonObject;
}

function encoded(text: string): EncodedResponse {
  const bytes = Buffer.byteLength(text);
  return { text, encoding: bytes === text.length ? "latin1" : "utf8", bytes };
}

const remainingName = '"remaining":';

const limitText = keptLimitTexts((state) => {
  const text = toJsonString(RateLimitStateSchema, limitStateToProto({ ...state, remaining: 0 }), jsonOptions);
  const at = text.indexOf(remainingName) + remainingName.length;
  return { before: text.slice(0, at), after: text.slice(at + 1) };
});

function limitsJson(limits: readonly LimitState[]): string {
  let json = "";
  for (const state of limits) {
    const { before, after } = limitText(state);
    json += (json === "" ? "" : ",") + before + state.remaining + after;
  }
  return json;
}

function uncheckedRequest(parsed: unknown, text: string): UncheckedRequest | undefined {
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return undefined;
  }
  const raw = emptyRequest();
  let strings = 0;
  for (const name in parsed) {
    const value = (parsed as Record<string, unknown>)[name];
    strings += 1;
    if (name === "key" && typeof value === "string") {
      raw.key = value;
      strings += 1;
    } else if (name === "projectId" && typeof value === "string") {
      raw.projectId = value;
      strings += 1;
    } else if (name === "requiredScopes" && isStrings(value)) {
      raw.requiredScopes = value;
      strings += value.length;
    } else if (name === "cost" && isCost(value)) {
      raw.cost = value;
    } else if (name === "sourceIp" && typeof value === "string") {
      raw.sourceIp = value;
      strings += 1;
    } else if (name === "userAgent" && typeof value === "string") {
      raw.userAgent = value;
      strings += 1;
    } else {
      return undefined;
    }
  }
  // A member that is given twice is seen once: the quotes tell.
  return 2 * strings === countQuotes(text) ? raw : undefined;
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    count += 1;
  }
  return count;
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isCost(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxCost;
}
