import { type RequestToSign, type SignedRequestFields, signRequest } from "@altalune/sdk";
import { canonicalString } from "@altalune/sdk/signature";
import { beforeEach, describe, expect } from "vitest";
import { sealSigningSecret } from "../../../src/domain/api_key/signing-secret.js";
import { MasterKey } from "../../../src/platform/master-key.js";
import { stopClockAt } from "../../support/clock.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { needTool } from "../../support/tools.js";
import { messageOf, newSigningKey, signedBy, verdictOn } from "./signed.js";
import { type Signer, signers } from "./signers.js";
import { type Vector, vectors } from "./vectors.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

describe.each(signers)("a client in $language", ({ tool, prepare }: Signer) => {
  let sign: (request: RequestToSign) => Promise<SignedRequestFields>;
  let prepared: ReturnType<typeof prepare> | undefined;
  beforeEach(async ({ skip }) => {
    if (tool !== undefined) {
      needTool(skip, tool);
    }
    prepared ??= prepare();
    sign = await prepared;
    // The first build with Go compiles its standard library.
  }, 180_000);

  test.each(vectors)("signs like the vectors: $name", async ({ request, fields }) => {
    expect(await sign(requestOf(request))).toEqual(fields);
  });

  test("makes requests that verify, each once", async () => {
    const key = await newSigningKey(altalune.clients);
    const body = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256));
    const request = { ...key, method: "post", path: "/v1/caf%C3%A9/é?a=1&b=%0A", body };
    const first = messageOf(await sign(request));
    const second = messageOf(await sign(request));
    expect(await verdictOn(altalune, first)).toBe("VALID");
    expect(await verdictOn(altalune, second)).toBe("VALID");
    expect(await verdictOn(altalune, first)).toBe("REPLAYED");
  });

  test("refuses a line break", async () => {
    const key = await newSigningKey(altalune.clients);
    await expect(async () => sign({ ...key, method: "GET", path: "/a\nb" })).rejects.toThrow(/line break/);
  });
});

test("the canonical strings of the vectors are those that the server signs", () => {
  for (const { request, fields, canonicalString: expected } of vectors) {
    const bodySha256 = Buffer.from(fields.bodySha256, "base64");
    const parts = { ...request, timestampMs: BigInt(request.timestampMs), method: fields.method, bodySha256 };
    expect(canonicalString(parts)).toBe(expected);
  }
});

test("the vectors verify on a server that has their key", async () => {
  await using server = await startTestInstance();
  const [{ request: first }] = vectors as readonly [Vector, ...Vector[]];
  const made = await newSigningKey(server.clients);
  const owner = { projectPublicId: first.projectId, apiKeyPublicId: first.apiKeyId };
  const masterKey = new MasterKey(Buffer.from(server.masterKey, "base64"));
  await server.db
    .updateTable("altalune_projects")
    .set({ public_id: first.projectId })
    .where("public_id", "=", made.projectId)
    .execute();
  await server.db
    .updateTable("altalune_project_api_keys")
    .set({
      public_id: first.apiKeyId,
      signing_secret: sealSigningSecret(masterKey, owner, Buffer.from(first.signingSecret)),
    })
    .where("public_id", "=", made.apiKeyId)
    .execute();
  await stopClockAt(server.db, new Date(first.timestampMs));
  for (const { name, fields } of vectors) {
    expect(await verdictOn(server, messageOf(fields)), name).toBe("VALID");
  }
});

test("signRequest refuses what cannot be signed", () => {
  const key = { projectId: "7fqk2m9xw3tbzp", apiKeyId: "c4hn8rj6vys5da", signingSecret: "sign_x" };
  const request = { ...key, method: "GET", path: "/" };
  for (const part of ["projectId", "apiKeyId", "method", "path", "nonce"] as const) {
    for (const lineBreak of ["\n", "\r"]) {
      expect(() => signRequest({ ...request, [part]: `a${lineBreak}b` })).toThrow(RangeError);
    }
  }
  expect(() => signRequest({ ...request, signingSecret: "" })).toThrow(RangeError);
  expect(() => signRequest({ ...request, timestamp: new Date(Number.NaN) })).toThrow(RangeError);
});

test("text and bytes of a body sign alike, and no body is an empty one", async () => {
  const key = { projectId: "7fqk2m9xw3tbzp", apiKeyId: "c4hn8rj6vys5da", signingSecret: "sign_x" };
  const fixed = { timestamp: new Date(0), nonce: "a-fixed-nonce" };
  expect(signedBy(key, { ...fixed, body: "grüß" })).toEqual(signedBy(key, { ...fixed, body: Buffer.from("grüß") }));
  expect(signRequest({ ...key, ...fixed, method: "GET", path: "/" })).toEqual(
    signRequest({ ...key, ...fixed, method: "GET", path: "/", body: "" }),
  );
});

function requestOf({ bodyBase64, timestampMs, ...request }: Vector["request"]): RequestToSign {
  return { ...request, body: Buffer.from(bodyBase64, "base64"), timestamp: new Date(timestampMs) };
}
