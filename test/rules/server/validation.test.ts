import { create } from "@bufbuild/protobuf";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { VerificationService, VerifyApiKeyResponseSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { client, post, transports } from "./clients.js";
import { mount, start } from "./start.js";

const projectId = "23456789abcdef";
const secret = newSecret("sk-");

async function denial(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectError);
  return error as ConnectError;
}

describe.each(transports)("%s", (_name, open) => {
  test("is told which fields break which rules", async () => {
    const { url } = await start();
    const error = await denial(
      createClient(ApiKeyService, open(url)).createApiKey({ projectId: "short", name: "#", neverExpires: true }),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toBe(
      "project_id: must be 14 characters; name: must be 2 to 50 letters, digits, spaces, - and _",
    );
    const [details] = error.findDetails(ViolationsSchema);
    expect(details?.violations.map((violation) => violation.ruleId)).toEqual(["string.len", "name"]);
  });

  test("is told that a field holds a secret, without it", async () => {
    const { url } = await start();
    const error = await denial(createClient(ApiKeyService, open(url)).createApiKey({ projectId, name: secret }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/^name: must not hold a secret/);
    expect(JSON.stringify(error.findDetails(ViolationsSchema))).not.toContain(secret);
  });
});

test("a map's key is the client's text, and does not come back", async () => {
  const { url } = await start();
  const filters = { ["k".repeat(65)]: { values: ["v".repeat(300)] } };
  const error = await denial(client(ApiKeyService, url).queryApiKeys({ projectId, query: { filters } }));
  expect(error.rawMessage).toContain("query.filters: must be at most 64 characters");
  expect(error.rawMessage).not.toContain("kkk");
  expect(JSON.stringify(error.findDetails(ViolationsSchema))).not.toContain("kkk");
});

test("a time that no calendar has is invalid_argument", async () => {
  const { url } = await start();
  for (const seconds of [9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n]) {
    const open = transports.find(([name]) => name === "gRPC, HTTP/2")?.[1];
    const request = { projectId, name: "orders", expiration: { seconds, nanos: 2_147_483_647 } };
    const error = await denial(createClient(ApiKeyService, open?.(url) ?? fail()).createApiKey(request));
    expect(error.code).toBe(Code.InvalidArgument);
  }
});

describe("text that is refused", () => {
  const createKey = (field: Record<string, unknown>) =>
    JSON.stringify({ projectId, name: "orders", neverExpires: true, ...field });
  const create = "altalune.v1.ApiKeyService/CreateApiKey";

  test.each([
    ["a NUL", create, createKey({ ownerId: "a\0b" }), "owner_id: must not hold the NUL character"],
    ["a lone surrogate", create, createKey({ ownerId: "\ud800" }), "owner_id: must be well-formed Unicode"],
    ["a NUL in metadata", create, createKey({ metadata: { a: [{ b: "\0" }] } }), "metadata: must not hold the NUL"],
    ["a NUL in a metadata key", create, createKey({ metadata: { "a\0": 1 } }), "metadata: must not hold the NUL"],
    ["a secret in a list", create, createKey({ scopes: ["a", secret] }), "scopes[1]: must not hold a secret"],
    [
      "a secret in metadata",
      create,
      createKey({ metadata: { a: { b: [secret] } } }),
      "metadata: must not hold a secret",
    ],
    [
      "a secret as a metadata key",
      create,
      createKey({ metadata: { [secret]: 1 } }),
      "metadata: must not hold a secret",
    ],
    ["a secret inside other text", create, createKey({ ownerId: `"${secret}" ` }), "owner_id: must not hold a secret"],
    [
      "a secret as a filter",
      "altalune.v1.ApiKeyService/QueryApiKeys",
      JSON.stringify({ projectId, query: { filters: { [secret]: { values: [secret] } } } }),
      "query.filters: must not hold a secret",
    ],
    [
      "a secret in an update mask",
      "altalune.v1.ApiKeyService/UpdateApiKey",
      JSON.stringify({ projectId, apiKeyId: projectId, updateMask: secret.replaceAll("_", "-") }),
      "update_mask",
    ],
    [
      "a secret as a scope of a verification in a batch",
      "altalune.v1.VerificationService/BatchVerifyApiKeys",
      JSON.stringify({ requests: [{ key: secret }, { key: secret, requiredScopes: [secret] }] }),
      "requests[1].required_scopes[0]: must not hold a secret",
    ],
  ])("%s", async (_name, rpc, body, message) => {
    const { url, logged } = await start();
    const answer = await post(`${url}/${rpc}`, body);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ code: "invalid_argument", message: expect.stringContaining(message) });
    expect(text).not.toContain(secret);
    expect(logged()).not.toContain(secret);
  });

  test("numbers in metadata that JSON does not have", async () => {
    const { url } = await start();
    const open = transports.find(([name]) => name === "gRPC, HTTP/2")?.[1] ?? fail();
    const error = await denial(
      createClient(ApiKeyService, open(url)).createApiKey({ projectId, name: "orders", metadata: { a: Number.NaN } }),
    );
    expect(error.rawMessage).not.toContain("internal");
  });

  test("the caller's own credential, whatever it looks like", async () => {
    const { url } = await start();
    const token = "an operator's own choice of 40 characters";
    const answer = await post(`${url}/${create}`, createKey({ ownerId: token }), { authorization: `Bearer ${token}` });
    const text = await answer.text();
    expect(text).toContain("owner_id: must not hold a secret");
    expect(text).not.toContain(token);
  });
});

test("the key field of a verification takes a secret", async () => {
  const { url } = await start({
    routes: mount({
      verification: {
        verifyApiKey: ({ key }) => ({ valid: key === secret }),
        batchVerifyApiKeys: ({ requests }) => ({ responses: requests.map(({ key }) => ({ valid: key === secret })) }),
      },
    }),
  });
  const verification = client(VerificationService, url);
  expect((await verification.verifyApiKey({ key: secret })).valid).toBe(true);
  const requests = Array.from({ length: 1000 }, () => ({ key: secret.padEnd(512, "x"), requiredScopes: ["a:b"] }));
  expect((await verification.batchVerifyApiKeys({ requests })).responses).toHaveLength(1000);
});

describe("update masks", () => {
  const seen = async (request: object) => {
    let received: unknown;
    const { url } = await start({
      routes: mount({
        project: {
          updateProject: (message) => {
            received = message;
            return {};
          },
        },
      }),
    });
    const answer = await post(
      `${url}/altalune.v1.ProjectService/UpdateProject`,
      JSON.stringify({ projectId, ...request }),
    );
    return {
      answer: (await answer.json()) as { message?: string },
      received: received as Record<string, unknown> | undefined,
    };
  };

  test("fields that are not named are neither validated nor seen", async () => {
    const { received } = await seen({ name: "orders", keyPrefix: "not valid", maxKeysPerOwner: 3, updateMask: "name" });
    expect(received).toMatchObject({ projectId, name: "orders", keyPrefix: "" });
    expect(received?.["maxKeysPerOwner"]).toBeUndefined();
  });

  test("fields that are named are validated", async () => {
    const { answer } = await seen({ keyPrefix: "not valid", updateMask: "keyPrefix" });
    expect(answer.message).toMatch(/^key_prefix: /);
  });

  test("without a mask all fields are validated and seen", async () => {
    expect((await seen({ name: "orders", keyPrefix: "not valid" })).answer.message).toMatch(/^key_prefix: /);
    expect((await seen({ name: "orders", maxKeysPerOwner: 3 })).received).toMatchObject({ maxKeysPerOwner: 3 });
  });

  test.each(["projectId", "updateMask", "nothing", "name.first", "*"])("a mask may not name %s", async (updateMask) => {
    const { answer } = await seen({ name: "orders", updateMask });
    expect(answer.message).toBe(
      "update_mask: must name none but name, key_prefix, max_keys_per_owner, allow_never_expires, default_scopes, default_tier, owner_access, exposure_policy, suspicious_policy, contact_emails, notices, rotation_policy",
    );
  });
});

test("an rpc without a handler is unimplemented, whatever it is asked", async () => {
  const { url } = await start();
  expect((await denial(client(ProjectService, url).queryProjects({}))).code).toBe(Code.Unimplemented);
});

function fail(): never {
  throw new Error("no such transport");
}

test.each([
  [
    "a misspelt field",
    { key: "k", requiredScope: ["admin"] },
    'altalune.v1.VerifyApiKeyRequest has no field "requiredScope"',
  ],
  [
    "a field named by a secret",
    { key: "k", [secret]: 1 },
    "altalune.v1.VerifyApiKeyRequest has no field of one of the names",
  ],
  ["a misspelt name of an enum", { key: "k", consistency: "FULLY_CONSISTENT" }, "consistency: must be"],
])("%s in JSON is refused, not ignored", async (_, message, words) => {
  const { url } = await start({
    routes: mount({ verification: { verifyApiKey: () => create(VerifyApiKeyResponseSchema, { valid: true }) } }),
  });
  const answer = await post(`${url}/altalune.v1.VerificationService/VerifyApiKey`, JSON.stringify(message));
  expect(answer.status).toBe(400);
  const text = await answer.text();
  expect(text).toContain(JSON.stringify(words).slice(1, -1));
  expect(text).not.toContain(secret);
});

test.each([
  [
    "a list",
    "VerificationService/VerifyApiKey",
    { key: "k", requiredScopes: Array(65).fill("no*scope") },
    "required_scopes: must contain no more than 64 item(s)",
  ],
  [
    "a list in a list",
    "VerificationService/BatchVerifyApiKeys",
    { requests: [{ key: "k" }, { key: "k", requiredScopes: Array(65).fill("no*scope") }] },
    "requests[1].required_scopes: must contain no more than 64 item(s)",
  ],
  [
    "a map",
    "ApiKeyService/QueryApiKeys",
    {
      projectId,
      query: { filters: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`${"long".repeat(20)}${i}`, {}])) },
    },
    "query.filters: map must be at most 16 entries",
  ],
  [
    "a list in a map",
    "ApiKeyService/QueryApiKeys",
    { projectId, query: { filters: { name: { values: Array(101).fill("x".repeat(300)) } } } },
    "query.filters: must contain no more than 100 item(s)",
  ],
])(
  "%s that holds too much is told by its count, before any of its elements is looked at",
  async (_, rpc, message, words) => {
    const { url } = await start();
    const answer = await post(`${url}/altalune.v1.${rpc}`, JSON.stringify(message));
    expect({ status: answer.status, message: JSON.parse(await answer.text()).message }).toEqual({
      status: 400,
      message: words,
    });
  },
);
