import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { type Violations, ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { post } from "./clients.js";
import { mount, start } from "./start.js";

const path = "/altalune.v1.ApiKeyService/CreateApiKey";
const secret = newSecret("sk-");
const randomPart = secret.slice(3, 46);

/** Request bodies that hold a secret where it does not belong, and the field that must be named. */
const wrongBodies: readonly (readonly [name: string, body: string, named: string])[] = [
  ["a number field", `{"rateLimits":{"perMinute":"${secret}"}}`, "rate_limits.per_minute: must be a whole number"],
  ["a switch", `{"neverExpires":"${secret}"}`, "never_expires: must be true or false"],
  ["a time", `{"expiration":"${secret}"}`, "expiration: must be a time"],
  ["a list", `{"scopes":"${secret}"}`, "scopes: must be a list, each item a string"],
  ["an object", `{"rateLimits":"${secret}"}`, "rate_limits: must be an object"],
  ["free-form JSON", `{"metadata":"${secret}"}`, "metadata: must be an object"],
  ["an object where text belongs", `{"name":{"${secret}":"${secret}"}}`, "name: must be a string"],
  ["a list where text belongs", `{"ownerId":["${secret}"]}`, "owner_id: must be a string"],
  ["a field that is given twice", `{"name":"${secret}","name":"${secret}"}`, "must not name a field twice"],
  ["a field under both its names", `{"ownerId":"${secret}","owner_id":"${secret}"}`, "owner_id: must be given once"],
  ["the whole request", `"${secret}"`, "must be a JSON object of altalune.v1.CreateApiKeyRequest"],
  ["a request of no JSON", secret, "must be JSON"],
  ["broken JSON", `{"name":"${secret}`, "must be JSON"],
  ["metadata nested too deep", `{"metadata":${'{"a":'.repeat(200)}"${secret}"${"}".repeat(200)}}`, "nested"],
];

function expectSilence(text: string): void {
  expect(text).not.toContain(secret);
  expect(text).not.toContain(randomPart);
  expect(Buffer.from(text, "base64").toString("latin1")).not.toContain(randomPart);
}

describe.each(wrongBodies)("a secret in %s", (_name, body, named) => {
  test("is named by its field and never quoted, over Connect", async () => {
    const { url, logged } = await start();
    const answer = await post(url + path, body);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(named),
      details: [{ type: "buf.validate.Violations" }],
    });
    expectSilence(text);
    expectSilence(logged());
  });

  test.each(["application/grpc+json", "application/grpc-web+json"])("is never quoted, over %s", async (contentType) => {
    const { url, logged } = await start();
    const { text, status, message } = await callGrpc(url, contentType, Buffer.from(body));
    expect(status).toBe(String(Code.InvalidArgument));
    expect(message).toContain(named);
    expectSilence(text);
    expectSilence(logged());
  });
});

describe.each(["application/proto", "application/grpc+proto", "application/grpc-web+proto"])("%s", (contentType) => {
  test("a message that is none is invalid_argument", async () => {
    const { url } = await start();
    // Field 2 says that it is longer than what follows.
    const broken = Buffer.concat([Buffer.from([0x12, 0x7f]), Buffer.from(secret)]);
    const { text, status } = await callGrpc(url, contentType, broken);
    expect(status).toBe(String(Code.InvalidArgument));
    expectSilence(text);
  });
});

test("the detail points at the field", async () => {
  const { url } = await start();
  const answer = await post(`${url}/altalune.v1.ApiKeyService/QueryApiKeys`, '{"query":{"pagination":{"page":"x"}}}');
  const { details } = (await answer.json()) as { details: { value: string }[] };
  const error = new ConnectError("", Code.InvalidArgument);
  error.details = [{ type: ViolationsSchema.typeName, value: Buffer.from(details[0]?.value ?? "", "base64") }];
  const [found] = error.findDetails(ViolationsSchema) as Violations[];
  const names = found?.violations[0]?.field?.elements.map((element) => element.fieldName);
  expect(names).toEqual(["query", "pagination", "page"]);
});

test.each([
  ["connect-timeout-ms", `${secret}`, "Connect-Timeout-Ms"],
  ["content-encoding", `${secret}`, "gzip or br"],
])("a header %s that cannot be read is not quoted", async (header, value, named) => {
  const { url } = await start();
  const text = await (await post(url + path, "{}", { [header]: value })).text();
  expect(text).toContain(named);
  expectSilence(text);
});

test("a grpc-timeout that cannot be read is invalid_argument and not quoted", async () => {
  const { url } = await start();
  const { text, status, message } = await callGrpc(url, "application/grpc+json", Buffer.from("{}"), {
    "grpc-timeout": secret,
  });
  expect(status).toBe(String(Code.InvalidArgument));
  expect(message).toContain("grpc-timeout");
  expectSilence(text);
});

test("a body that is not compressed as it says is invalid_argument", async () => {
  const { url } = await start();
  for (const body of [Buffer.from("plain"), Buffer.from(gzipSync("{}")).subarray(0, 12)]) {
    const answer = await post(url + path, body, { "content-encoding": "gzip" });
    expect(await answer.json()).toMatchObject({ code: "invalid_argument" });
  }
});

test("a response that cannot be written is internal, and does not quote it", async () => {
  const { url, logged } = await start({
    routes: mount({ apiKey: { createApiKey: () => ({ apiKey: { active: secret as never } }) } }),
  });
  const body = '{"projectId":"23456789abcdef","name":"orders","neverExpires":true}';
  const text = await (await post(url + path, body)).text();
  expect(JSON.parse(text)).toMatchObject({
    code: "internal",
    message: expect.stringMatching(/^internal error; request id/),
  });
  expectSilence(text);
  expect(logged()).toContain("a response of CreateApiKey could not be encoded");
  expectSilence(logged());
});

/** Sends one message in the way of the content type, and collects all that comes back. */
async function callGrpc(url: string, contentType: string, message: Buffer, headers: Record<string, string> = {}) {
  const session = connectHttp2(url);
  onTestFinished(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": contentType, ...headers });
  const envelope = Buffer.alloc(5);
  envelope.writeUInt32BE(message.length, 1);
  stream.end(contentType === "application/proto" ? message : Buffer.concat([envelope, message]));
  let text = "";
  stream.on("response", (head) => {
    text += JSON.stringify(head);
  });
  stream.on("trailers", (trailers) => {
    text += JSON.stringify(trailers);
  });
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  await once(stream, "close");
  const decoded = decodeURIComponent(text.replaceAll(/%(?![0-9A-F]{2})/g, "%25"));
  const status =
    /grpc-status"?: ?"?(\d+)/.exec(decoded)?.[1] ?? (decoded.includes('"code":"invalid_argument"') ? "3" : undefined);
  return { text: text + decoded, status, message: decoded };
}
