import type { KeyRecord } from "../../../domain/verification/model.js";
import { ObjectSlot } from "../../../platform/object-slot.js";

/** In small letters. */
export const identityNames: ReadonlySet<string> = new Set(
  ["Project-Id", "Key-Id", "Key-Name", "Owner-Id", "Scopes", "Tier"].map((name) => `x-altalune-${name.toLowerCase()}`),
);

const kept = new ObjectSlot<readonly string[]>();

/**
 * Whose key it is, for the API behind the gateway: names and values by turns. All of them are always there, empty where there is
 * nothing to say, so that a gateway overwrites what its client has made up. Kept as long as the record.
 */
export function identityHeaders(record: KeyRecord): readonly string[] {
  let headers = kept.get(record);
  if (headers === undefined) {
    headers = [
      ...["X-Altalune-Project-Id", encoded(record.projectPublicId)],
      ...["X-Altalune-Key-Id", encoded(record.apiKeyPublicId)],
      ...["X-Altalune-Key-Name", encoded(record.name)],
      ...["X-Altalune-Owner-Id", encoded(record.ownerId)],
      ...["X-Altalune-Scopes", record.scopes.map(encoded).join(" ")],
      ...["X-Altalune-Tier", encoded(record.tier)],
    ];
    kept.set(record, headers);
  }
  return headers;
}

/** Bytes of UTF-8 outside of 0x21 to 0x7E, and `%`, as `%` and two digits: what decodes URLs reads it. */
export function encoded(text: string): string {
  return /^[\x21-\x24\x26-\x7e]*$/.test(text)
    ? text
    : Array.from(Buffer.from(text), (byte) => {
        const literal = byte >= 0x21 && byte <= 0x7e && byte !== 0x25;
        return literal ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
      }).join("");
}
