import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { VerifySignedRequestRequest } from "../../../gen/altalune/v1/verification_pb.js";
import { newSigningKey, type SigningKey, signedBy, verdictOn } from "../../rules/signed-requests/signed.js";
import { someOf } from "../../support/effort.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";

let instance: TestInstance;
let key: SigningKey;
beforeAll(async () => {
  instance = await startTestInstance();
  key = await newSigningKey(instance.clients);
});
afterAll(() => instance.stop());

describe("one flipped bit", () => {
  type Field = "apiKeyId" | "projectId" | "timestamp" | "nonce" | "method" | "path" | "bodySha256" | "signature";
  const fields: readonly (readonly [Field, string])[] = [
    ["apiKeyId", "NOT_FOUND"],
    ["projectId", "NOT_FOUND"],
    ["timestamp", "SIGNATURE_INVALID"],
    ["nonce", "SIGNATURE_INVALID"],
    ["method", "SIGNATURE_INVALID"],
    ["path", "SIGNATURE_INVALID"],
    ["bodySha256", "SIGNATURE_INVALID"],
    ["signature", "SIGNATURE_INVALID"],
  ];

  test.each(fields)("anywhere in %s is refused: %s", async (field, expected) => {
    const request = signedBy(key);
    const flipped = everyFlip(request, field);
    expect(flipped.length).toBeGreaterThanOrEqual(24);
    for (const [bit, forged] of someOf(flipped)) {
      expect(await verdictOn(instance, forged), `bit ${bit}`).toBe(expected);
    }
    // None of them has burnt the nonce.
    expect(await verdictOn(instance, request)).toBe("VALID");
  });

  function everyFlip(
    request: VerifySignedRequestRequest,
    field: Field,
  ): (readonly [number, VerifySignedRequestRequest])[] {
    const value = request[field];
    if (typeof value === "string") {
      return bits(value.length * 8).map((bit) => {
        const at = bit >> 3;
        const changed = String.fromCharCode(value.charCodeAt(at) ^ (1 << (bit & 7)));
        return [bit, { ...request, [field]: value.slice(0, at) + changed + value.slice(at + 1) }] as const;
      });
    }
    if (value instanceof Uint8Array) {
      return bits(value.length * 8).map((bit) => {
        const changed = Uint8Array.from(value);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return [bit, { ...request, [field]: changed }] as const;
      });
    }
    const ms = Number(value?.seconds ?? 0n) * 1000 + (value?.nanos ?? 0) / 1_000_000;
    return bits(42).map((bit) => {
      const changed = Number(BigInt(ms) ^ (1n << BigInt(bit)));
      return [bit, { ...request, timestamp: timestampFromMs(changed) }] as const;
    });
  }

  function bits(count: number): number[] {
    return Array.from({ length: count }, (_, bit) => bit);
  }
});
