import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import { Consistency, VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

type Verify = Parameters<Clients["verification"]["verifyApiKey"]>[0];

let altalune: TestInstance;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  const projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId, { scopes: ["*"] })).value;
});

describe("a verification", () => {
  const verify = (request: Verify) => altalune.clients.verification.verifyApiKey({ key, ...request });

  const refused: readonly (readonly [what: string, field: string, request: Verify])[] = [
    ["a project id of 13 characters", "project_id", { projectId: "2".repeat(13) }],
    ["a project id of 15 characters", "project_id", { projectId: "2".repeat(15) }],
    ["65 required scopes", "required_scopes", { requiredScopes: Array.from({ length: 65 }, (_, i) => `s${i}`) }],
    ["a required scope of 101 characters", "required_scopes", { requiredScopes: ["s".repeat(101)] }],
    ...["*", "orders:*", "*:read", "a*", "", "a::b", ":a", "a b"].map((scope): (typeof refused)[number] => [
      `the required scope '${scope}'`,
      "required_scopes",
      { requiredScopes: [scope] },
    ]),
    ["a consistency that is not there", "consistency", { consistency: 99 as Consistency }],
  ];
  test.each(refused)("is refused with %s", async (_what, field, request) => {
    expect(await denialOf(verify(request))).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
  });

  const answered: readonly (readonly [what: string, request: Verify, valid: boolean])[] = [
    ["no key", { key: "" }, false],
    ["a key of 512 characters", { key: "k".repeat(512) }, false],
    ["a key of 513 characters", { key: "k".repeat(513) }, false],
    ["a key of 100 000 characters", { key: "k".repeat(100_000) }, false],
    ["a NUL in the key", { key: "sk-\0" }, false],
    ["64 required scopes", { requiredScopes: Array.from({ length: 64 }, (_, i) => `s${i}`) }, true],
    ["a required scope of 100 characters", { requiredScopes: ["s".repeat(100)] }, true],
    ["a cost of 0", { cost: 0 }, true],
    ["the largest cost", { cost: 4_294_967_295 }, true],
    ["each consistency", { consistency: Consistency.MINIMIZE_LATENCY }, true],
  ];
  test.each(answered)("is answered with %s", async (_what, request, valid) => {
    expect(await verify(request)).toMatchObject({ valid });
  });
});

test("what an end user puts into a key of a batch is not found, and fails nobody else's", async () => {
  const garbage = ["", "k".repeat(513), "\0", `${key}\0`, "k".repeat(100_000), "🔑\n"];
  const requests = [key, ...garbage, key].map((presented) => ({ key: presented }));
  const { responses } = await altalune.clients.verification.batchVerifyApiKeys({ requests });
  const codes = responses.map(({ code }) => VerificationCode[code]);
  expect(codes).toEqual(["VALID", ...garbage.map(() => "NOT_FOUND"), "VALID"]);
});

test("what the caller wrote wrong in a batch is named", async () => {
  const requests = [{ key }, { key, projectId: "2" }];
  const refused = await denialOf(altalune.clients.verification.batchVerifyApiKeys({ requests }));
  expect(refused).toMatchObject({ code: "InvalidArgument" });
  expect(refused.message).toContain("requests[1].project_id");
});

describe("half a character in JSON", () => {
  const half = "\\ud83d";
  const call = async (rpc: string, json: string, headers: Readonly<Record<string, string>> = {}) => {
    const compress = { gzip: gzipSync, br: brotliCompressSync }[headers["content-encoding"] ?? ""];
    const answer = await fetch(`${altalune.url}/altalune.v1.VerificationService/${rpc}`, {
      method: "POST",
      headers: { authorization: `Bearer ${altalune.rootKey}`, "content-type": "application/json", ...headers },
      body: (compress?.(json) ?? json) as string,
    });
    return (await answer.json()) as { readonly code?: string; readonly message?: string };
  };
  const batchOf = (...requests: readonly string[]) => `{"requests":[${requests.join(",")}]}`;

  test.each([
    ["plain", {}],
    ["gzip", { "content-encoding": "gzip" }],
    ["br", { "content-encoding": "br" }],
  ])("in a key is not found, and fails nobody else's: %s", async (_coding, headers) => {
    const keys = [key, `sk-${half}`, `${half}${key}`, "\\uDE00", `\\\\ud83d`, `\\ud83d\\ude00${half}`, key];
    const json = batchOf(...keys.map((presented) => `{"key":"${presented}"}`));
    const { responses } = (await call("BatchVerifyApiKeys", json, headers)) as {
      readonly responses: readonly { readonly code: string }[];
    };
    expect(responses.map(({ code }) => code.replace("VERIFICATION_CODE_", ""))).toEqual([
      "VALID",
      ...keys.slice(1, -1).map(() => "NOT_FOUND"),
      "VALID",
    ]);
    expect(await call("VerifyApiKey", `{"key":"${key}${half}"}`, headers)).toMatchObject({
      code: "VERIFICATION_CODE_NOT_FOUND",
    });
  });

  test("in a key is not found by gRPC-Web in JSON, compressed or not", async () => {
    for (const compressed of [false, true]) {
      const json = Buffer.from(batchOf(`{"key":"${half}"}`, `{"key":"${key}"}`));
      const message = compressed ? gzipSync(json) : json;
      const head = Buffer.from([compressed ? 1 : 0, 0, 0, 0, 0]);
      head.writeUInt32BE(message.length, 1);
      const answer = await fetch(`${altalune.url}/altalune.v1.VerificationService/BatchVerifyApiKeys`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${altalune.rootKey}`,
          "content-type": "application/grpc-web+json",
          "grpc-encoding": "gzip",
          "grpc-accept-encoding": "gzip",
        },
        body: Buffer.concat([head, message]),
      });
      const body = Buffer.from(await answer.arrayBuffer());
      const first = body.subarray(5, 5 + body.readUInt32BE(1));
      const { responses } = JSON.parse(String(body.readUInt8() === 1 ? gunzipSync(first) : first));
      expect(responses.map(({ code }: { readonly code: string }) => code)).toEqual([
        "VERIFICATION_CODE_NOT_FOUND",
        "VERIFICATION_CODE_VALID",
      ]);
    }
  });

  test("in what the client of a signed request chooses is a signature that is invalid", async () => {
    const bytes = Buffer.alloc(32).toString("base64");
    const parts = { projectId: "2".repeat(14), apiKeyId: "2".repeat(14), timestamp: new Date().toISOString() };
    const signed = { ...parts, nonce: "12345678", method: "GET", path: "/a", bodySha256: bytes, signature: bytes };
    for (const field of ["apiKeyId", "nonce", "method", "path"] as const) {
      const json = JSON.stringify({ ...signed, [field]: `${signed[field]}HALF` }).replace("HALF", half);
      expect((await call("VerifySignedRequest", json)).code).toMatch(
        /^VERIFICATION_CODE_(NOT_FOUND|SIGNATURE_INVALID)$/,
      );
    }
  });

  test("in what the caller wrote is refused with its field, whatever the key holds", async () => {
    for (const presented of [key, half]) {
      const json = batchOf(`{"key":"${presented}"}`, `{"key":"${key}","projectId":"${half}"}`);
      const refused = await call("BatchVerifyApiKeys", json);
      expect(refused.code).toBe("invalid_argument");
      expect(refused.message).toContain("must be well-formed Unicode");
    }
  });

  test("is not what bytes are that are no UTF-8: these are refused", async () => {
    const json = Buffer.from(batchOf(`{"key":"\xff${half}"}`), "latin1") as unknown as string;
    expect(await call("BatchVerifyApiKeys", json)).toMatchObject({ code: "invalid_argument" });
  });
});
