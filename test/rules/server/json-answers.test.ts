import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

const verifyPath = "/altalune.v1.VerificationService/VerifyApiKey";

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});

type Ask = (path: string, request: object) => Promise<Record<string, unknown>>;

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const answer = await fetch(altalune.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${altalune.rootKey}`, "content-type": "application/json", ...headers },
    body,
  });
  return (await answer.json()) as Record<string, unknown>;
}

/** Every way that JSON comes and goes by. */
const ways: readonly (readonly [way: string, ask: Ask])[] = [
  ["the warm way, or what it passes on", (path, request) => post(path, JSON.stringify(request))],
  ["the unary face", (path, request) => post(path, JSON.stringify(request), { "connect-timeout-ms": "20000" })],
  [
    "the library's adapter",
    (path, request) => post(path, new Uint8Array(gzipSync(JSON.stringify(request))), { "content-encoding": "gzip" }),
  ],
  ["gRPC in JSON", askGrpc],
];

async function askGrpc(path: string, request: object): Promise<Record<string, unknown>> {
  const session = connectHttp2(altalune.url);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc+json",
    authorization: `Bearer ${altalune.rootKey}`,
  });
  const message = Buffer.from(JSON.stringify(request));
  const envelope = Buffer.alloc(5);
  envelope.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([envelope, message]));
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "close");
  return JSON.parse(Buffer.concat(chunks).subarray(5).toString());
}

describe.each(ways)("by %s", (_way, ask) => {
  test("a verdict that is not VALID says that valid is false, and all else that has no presence", async () => {
    const nothing = { projectId: "", apiKeyId: "", name: "", ownerId: "", scopes: [], tier: "" };
    expect(await ask(verifyPath, { key: "sk-unknown" })).toEqual({
      valid: false,
      code: "VERIFICATION_CODE_NOT_FOUND",
      ...nothing,
      missingScopes: [],
      rateLimits: [],
    });
  });

  test("what remains is told also when it is nothing, call after call", async () => {
    const key = await newApiKey(altalune.clients, projectId, { ownerId: "", rateLimits: { perDay: 2 } });
    const asked: Record<string, unknown>[] = [];
    for (let call = 0; call < 4; call++) {
      asked.push(await ask(verifyPath, { key: key.value }));
    }
    const told = asked.map(({ valid, rateLimits }) => [valid, (rateLimits as { remaining: number }[])[0]?.remaining]);
    expect(told).toEqual([
      [true, 1],
      [true, 0],
      [false, 0],
      [false, 0],
    ]);
  });

  test("what has presence is left out while it is not set", async () => {
    const { id } = await newApiKey(altalune.clients, projectId);
    const { apiKey } = await ask("/altalune.v1.ApiKeyService/GetApiKey", { projectId, apiKeyId: id });
    expect(apiKey).toMatchObject({ ownerId: "", scopes: [], tier: "", hasSigningSecret: false });
    expect(apiKey).toMatchObject({ revocationReason: "REVOCATION_REASON_UNSPECIFIED" });
    expect(Object.keys(apiKey as object)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(lastUsedAt|revokedAt|metadata|rateLimits)$/)]),
    );
  });

  test("an empty page says that it is empty", async () => {
    const empty = await newProject(altalune.clients);
    const page = await ask("/altalune.v1.ApiKeyService/QueryApiKeys", { projectId: empty, query: { keyword: "none" } });
    expect(page).toMatchObject({ data: [], meta: { rowCount: 0, pageCount: 0, nextPageToken: "" } });
  });
});

test("the detail of an error says what is empty in it", async () => {
  const { details } = await post("/altalune.v1.ProjectService/CreateProject", '{"name":"x"}');
  expect(details).toMatchObject([{ debug: { violations: [{ forKey: false, ruleId: "string.min_len" }] } }]);
});
