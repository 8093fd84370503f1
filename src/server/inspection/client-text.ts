import { isUtf8 } from "node:buffer";
import type { DescMessage } from "@bufbuild/protobuf";
import { fieldsOfClients } from "../call/text-guard.js";
import { walkObject } from "./json-values.js";

/** An escape in JSON: a pair of surrogates, a surrogate, or any other. */
const escapes = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/gs;
const surrogateLength = "\\ud800".length;

/**
 * JSON in which half a character, in what the client of a guarded API chooses, is a NUL instead. The library refuses such
 * text, and with it a whole batch; of a NUL, which no key and no signed request holds either, comes a verdict. The length
 * stays. Where other fields hold such text the JSON stays as it is, for the library to refuse.
 */
export function withoutLoneSurrogates(input: DescMessage, bytes: Uint8Array): Uint8Array {
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!(json.includes("\\ud") || json.includes("\\uD")) || !isUtf8(json)) {
    return bytes;
  }
  const text = json.toString();
  let ofClients = false;
  let ofOthers = false;
  try {
    walkObject(input, JSON.parse(text), [], (field, _kind, value) => {
      if (!isWellFormed(value)) {
        ofClients ||= fieldsOfClients.has(field);
        ofOthers ||= !fieldsOfClients.has(field);
      }
    });
  } catch {
    return bytes;
  }
  return ofClients && !ofOthers ? Buffer.from(text.replace(escapes, withoutSurrogate)) : bytes;
}

function withoutSurrogate(found: string): string {
  return found.length === surrogateLength ? "\\u0000" : found;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") {
    return value.isWellFormed();
  }
  return typeof value !== "object" || value === null || Object.entries(value).flat().every(isWellFormed);
}
