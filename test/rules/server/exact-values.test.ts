import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { type Timestamp, timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Code, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished } from "vitest";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { codeName } from "../../../src/server/errors/code-name.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients, { maxKeysPerOwner: 0 });
});

type Post = (path: string, body: Buffer) => Promise<{ readonly code: string; readonly message: string }>;

async function post(path: string, body: Buffer, headers: Record<string, string> = {}) {
  const answer = await fetch(`${altalune.url}/altalune.v1.${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${altalune.rootKey}`, "content-type": "application/json", ...headers },
    body: new Uint8Array(body),
  });
  const { code = "ok", message = "" } = (await answer.json()) as { code?: string; message?: string };
  return { code, message };
}

/** The faces, and how a body in JSON comes to each. */
const faces: readonly (readonly [face: string, post: Post])[] = [
  ["the unary face", (path, body) => post(path, body)],
  ["the library's adapter", (path, body) => post(path, gzipSync(body), { "content-encoding": "gzip" })],
  ["gRPC", postGrpc],
];

async function postGrpc(path: string, body: Buffer) {
  const session = connectHttp2(altalune.url);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": `/altalune.v1.${path}`,
    "content-type": "application/grpc+json",
    authorization: `Bearer ${altalune.rootKey}`,
  });
  const envelope = Buffer.alloc(5);
  envelope.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([envelope, body]));
  const told: Record<string, unknown> = {};
  stream.on("response", (headers) => Object.assign(told, headers));
  stream.on("trailers", (trailers) => Object.assign(told, trailers));
  stream.resume();
  await once(stream, "close");
  const code = Number(told["grpc-status"]) as Code | 0;
  return { code: code === 0 ? "ok" : codeName(code), message: decodeURIComponent(String(told["grpc-message"] ?? "")) };
}

const create = "ApiKeyService/CreateApiKey";
const update = "ApiKeyService/UpdateApiKey";
const rotate = "ApiKeyService/RotateApiKey";
const usage = "UsageService/GetUsage";
const projects = "ProjectService/QueryProjects";
const signed = "VerificationService/VerifySignedRequest";

describe.each(faces)("JSON by %s is refused", (_face, send) => {
  const refused: readonly (readonly [what: string, rpc: string, member: string, field: string])[] = [
    ["a 30th of February", create, '"expiration":"2027-02-30T00:00:00Z"', "expiration"],
    ["a 29th of February of no leap year", update, '"expiration":"2027-02-29T00:00:00Z"', "expiration"],
    ["a 31st of April", rotate, '"expiration":"2027-04-31T00:00:00.5Z"', "expiration"],
    ["the hour 24", usage, '"startTime":"2026-02-01T24:00:00Z"', "start_time"],
    ["an offset of 24 hours", usage, '"end_time":"2026-02-01T00:00:00+24:00"', "end_time"],
    ["a day 0", signed, '"timestamp":"2026-02-00T00:00:00Z"', "timestamp"],
    ["a duration with more behind it", rotate, '"gracePeriod":"60seconds"', "grace_period"],
    ["a duration of ten digits behind the point", rotate, '"gracePeriod":"1.0000000001s"', "grace_period"],
    ["a hexadecimal number", projects, '"query":{"pagination":{"pageSize":"0x10"}}', "query.pagination.page_size"],
    ["a binary number", create, '"rateLimits":{"perDay":"0b11"}', "rate_limits.per_day"],
    ["a number with a plus", create, '"rateLimits":{"perDay":"+5"}', "rate_limits.per_day"],
    ["a number with a zero in front", create, '"rateLimits":{"perDay":"05"}', "rate_limits.per_day"],
    [
      "an int64 beyond 2^53 as a number",
      "AuditService/VerifyAuditTrail",
      '"fromSequence":9007199254740993',
      "from_sequence",
    ],
    ["an int64 in hexadecimal", "AuditService/VerifyAuditTrail", '"fromSequence":"0x10"', "from_sequence"],
    ["text that is not UTF-8", create, '"ownerId":"\xff"', "owner_id"],
    ["a name in metadata that is not UTF-8", create, '"metadata":{"\xc3\x28":1}', "metadata"],
    ["a scope that is not UTF-8", create, '"scopes":["a","\xfe"]', "scopes[1]"],
    ["a member's name that is not UTF-8", create, '"\xff":1', "the request must be UTF-8"],
  ];
  test.each(refused)("that holds %s", async (_what, rpc, member, field) => {
    const { code, message } = await send(rpc, Buffer.from(`{"projectId":"${projectId}",${member}}`, "latin1"));
    expect({ code, message }).toEqual({ code: "invalid_argument", message: expect.stringContaining(field) });
    expect(message).toMatch(/must be/);
  });

  const metadata = async (number: string) => {
    const name = uniqueName("number");
    const expiration = new Date(Date.now() + dayMs).toISOString();
    const members = `"metadata":{"text":"1e-400","in":[{"a":${number}}]}`;
    return send(
      create,
      Buffer.from(`{"projectId":"${projectId}","name":"${name}","expiration":"${expiration}",${members}}`),
    );
  };

  test.each([
    "12345678901234567890123",
    "9007199254740993",
    "-9007199254740993.0",
    "1e-400",
    "4.9e-324",
    "0.12345678901234567",
    "1.00000000000000000001",
    `1${"0".repeat(30_000)}1e-30000`,
  ])("that holds a number in metadata that would become another: %s", async (number) => {
    expect(await metadata(number)).toEqual({
      code: "invalid_argument",
      message: expect.stringMatching(/^metadata: must hold numbers that a double holds as they are written/),
    });
  });

  test.each([
    "0.1",
    "1e3",
    "1.0",
    "100.00",
    "-0",
    "0e99",
    "0.000000000000000000000000",
    "9007199254740992",
    "1E+22",
    "123456789012345680000",
    "1.7976931348623157e308",
    "5e-324",
    "0.30000000000000004000",
    `1${"0".repeat(30_000)}e-30000`,
  ])("only for other numbers than one that keeps its value: %s", async (number) => {
    expect(await metadata(number)).toMatchObject({ code: "ok" });
  });

  test("with metadata that is more than 30 levels deep, and 30 are kept and read in binary", async () => {
    const key = (levels: number) =>
      Buffer.from(
        `{"projectId":"${projectId}","name":"${uniqueName("deep")}","expiration":"${new Date(Date.now() + dayMs).toISOString()}",` +
          `"metadata":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`,
      );
    for (const levels of [31, 40, 60, 99, 150]) {
      expect(await send(create, key(levels))).toMatchObject({
        code: "invalid_argument",
        message: expect.stringMatching(/^metadata: .*30 levels/),
      });
    }
    expect(await send(create, key(30))).toMatchObject({ code: "ok" });
    const binary = createClient(
      ApiKeyService,
      createConnectTransport({
        baseUrl: altalune.url,
        httpVersion: "1.1",
        useBinaryFormat: true,
        interceptors: [
          (next) => (request) => {
            request.header.set("authorization", `Bearer ${altalune.rootKey}`);
            return next(request);
          },
        ],
      }),
    );
    expect((await binary.queryApiKeys({ projectId })).data.length).toBeGreaterThan(0);
    let deep: Record<string, never> = {};
    for (let level = 1; level < 31; level++) {
      deep = { a: deep } as never;
    }
    const refusal = denialOf(binary.createApiKey({ projectId, name: uniqueName("deep"), metadata: deep }));
    expect(await refusal).toMatchObject({ code: "InvalidArgument" });
  });
});

describe("a fraction of a millisecond", () => {
  const instant = Math.floor(Date.now() / 1000) * 1000 + dayMs;
  const at = (nanos: number): Timestamp => ({ ...timestampFromDate(new Date(instant)), nanos });

  test.each([1, 499_999, 999_999, 999_999_999])(
    "of %i ns never takes an expiration past what was asked",
    async (nanos) => {
      const { apiKey } = await altalune.clients.apiKeys.createApiKey({
        projectId,
        name: uniqueName("key"),
        expiration: at(nanos),
      });
      expect(apiKey?.expiration && timestampDate(apiKey.expiration).getTime()).toBe(instant + Math.floor(nanos / 1e6));
    },
  );

  test("never takes a grace past what was asked", async () => {
    const { id } = await newApiKey(altalune.clients, projectId);
    const gracePeriod = { seconds: 5n, nanos: 999_999_999 };
    const { apiKey, previousKeyExpiresAt } = await altalune.clients.apiKeys.rotateApiKey({
      projectId,
      apiKeyId: id,
      gracePeriod,
    });
    const [end, start] = [previousKeyExpiresAt, apiKey?.lastRotatedAt].map(
      (time) => time && timestampDate(time).getTime(),
    );
    expect((end ?? 0) - (start ?? 0)).toBeLessThanOrEqual(5_999);
  });

  test("belongs to the span that it ends", async () => {
    const hour = 3_600_000;
    const start = Math.floor(Date.now() / hour) * hour;
    const value = await newApiKey(altalune.clients, projectId);
    await altalune.clients.verification.verifyApiKey({ key: value.value });
    const usageIn = async (nanos: number) => {
      const { buckets } = await altalune.clients.usage.getUsage({
        projectId,
        startTime: { ...timestampFromDate(new Date(start - hour)), nanos },
        endTime: { ...timestampFromDate(new Date(start)), nanos },
      });
      return buckets.map(({ startTime }) => startTime && timestampDate(startTime).getTime());
    };
    await expect.poll(() => usageIn(1), { timeout: 10_000 }).toContain(start);
    expect(await usageIn(0)).not.toContain(start);
  });

  test.each([
    ["of the other sign than its seconds", { seconds: 1n, nanos: -500_000_000 }],
    ["of a second and more", { seconds: 1n, nanos: 1_500_000_000 }],
  ])("of a duration %s is refused", async (_what, gracePeriod) => {
    const { id } = await newApiKey(altalune.clients, projectId);
    const binary = altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: id, gracePeriod });
    await expect(binary).rejects.toThrow();
  });
});
