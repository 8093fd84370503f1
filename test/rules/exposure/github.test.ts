import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExposurePolicy } from "../../../gen/altalune/v1/project_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { GithubKeys, githubKeysOf } from "../../../src/domain/exposure/github-keys.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newRootKey } from "../authority/root-keys.js";
import { type KeyServer, keysAnswer, newPair, signed, startKeyServer } from "./github.js";
import { eventsOf, reportsDone } from "./trail.js";

const pair = newPair();
const stranger = newPair();
const type = "orders_api_key";
const url = "https://github.com/octocat/hello-world/blob/main/.env";

let keyServer: KeyServer;
let altalune: TestInstance;
let beside: TestInstance;
beforeAll(async () => {
  keyServer = await startKeyServer(pair);
  const env = { ALTALUNE_GITHUB_KEYS_URL: keyServer.url, ALTALUNE_EGRESS_ALLOW: "loopback" };
  altalune = await startTestInstance({ env });
  beside = await startTestInstance({ beside: altalune });
});
afterAll(async () => {
  await beside.stop();
  await altalune.stop();
  await keyServer[Symbol.asyncDispose]();
});

async function post(body: string | Buffer, headers: Record<string, string> = signed(pair, body), to = altalune.url) {
  const response = await fetch(`${to}/leaks/github`, { method: "POST", headers, body: Buffer.from(body) });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text), text, headers: response.headers };
}

const found = (token: string, more: object = {}) => ({ token, type, url, source: "content", ...more });

async function codesOf(...keys: readonly string[]) {
  const instances = [altalune, beside];
  return Promise.all(
    instances.flatMap(({ clients }) =>
      keys.map(async (key) => (await clients.verification.verifyApiKey({ key })).code),
    ),
  );
}

const hash = (token: string) => createHash("sha256").update(token).digest("hex");

test("GitHub hears which values are keys of ours, and those are treated as their projects say, everywhere", async () => {
  const revoking = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
  const telling = await newProject(altalune.clients);
  const bad = await newApiKey(altalune.clients, revoking);
  const other = await newApiKey(altalune.clients, telling);
  expect(new Set(await codesOf(bad.value, other.value))).toEqual(new Set([VerificationCode.VALID]));

  const madeUp = newSecret("sk-");
  const tokens = [bad.value, madeUp, other.value, "no key"];
  const answer = await post(JSON.stringify(tokens.map((token) => found(token))));
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual([
    { token_hash: hash(bad.value), token_type: type, label: "true_positive" },
    { token_hash: hash(madeUp), token_type: type, label: "false_positive" },
    { token_hash: hash(other.value), token_type: type, label: "true_positive" },
    { token_hash: hash("no key"), token_type: type, label: "false_positive" },
  ]);
  for (const token of tokens) {
    expect(answer.text).not.toContain(token);
  }

  await reportsDone(altalune);
  expect(await codesOf(bad.value)).toEqual([VerificationCode.REVOKED, VerificationCode.REVOKED]);
  expect(await codesOf(other.value)).toEqual([VerificationCode.VALID, VerificationCode.VALID]);
  for (const [projectId, policy] of [
    [revoking, "revoke"],
    [telling, "notify"],
  ] as const) {
    expect(await eventsOf(altalune, projectId, "api_key.exposed")).toMatchObject([
      { actor: "github", detail: { source: "github:content", url, policy } },
    ]);
  }
});

test("the answer does not wait for what is done about it", async () => {
  const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
  const { id, value } = await newApiKey(altalune.clients, projectId);
  const body = JSON.stringify([found(value)]);
  const label = await altalune.db.transaction().execute(async (tx) => {
    // As long as this holds the key, nobody can revoke it.
    await tx
      .selectFrom("altalune_project_api_keys")
      .select("id")
      .where("public_id", "=", id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    return (await post(body)).body[0].label;
  });
  expect(label).toBe("true_positive");
  await reportsDone(altalune);
  expect(await codesOf(value)).toEqual([VerificationCode.REVOKED, VerificationCode.REVOKED]);
});

test("the same report twice is one event, and has the same labels", async () => {
  const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
  const { value } = await newApiKey(altalune.clients, projectId);
  const body = JSON.stringify([found(value)]);
  const first = await post(body);
  await reportsDone(altalune);
  const second = await post(body);
  await reportsDone(altalune);
  expect(second.body).toEqual(first.body);
  expect(await eventsOf(altalune, projectId, "api_key.exposed")).toHaveLength(1);
  expect(await eventsOf(altalune, projectId, "api_key.revoked")).toHaveLength(1);
});

test("a thousand values in one call, a hundred of them live, are all labelled and treated", async () => {
  const projectId = await newProject(altalune.clients, {
    exposurePolicy: ExposurePolicy.REVOKE,
    allowNeverExpires: true,
    maxKeysPerOwner: 0,
  });
  const live = await Promise.all(
    Array.from(
      { length: 100 },
      async () => (await newApiKey(altalune.clients, projectId, { neverExpires: true })).value,
    ),
  );
  const values = Array.from({ length: 1000 }, (_, i) => live[i / 10] ?? newSecret("sk-"));
  const answer = await post(JSON.stringify(values.map((value) => found(value))));
  const labels = answer.body.map(({ label }: { readonly label: string }) => label === "true_positive");
  expect(labels).toEqual(values.map((_, i) => i % 10 === 0));
  await reportsDone(altalune);
  expect(new Set(await codesOf(...live))).toEqual(new Set([VerificationCode.REVOKED]));
  expect(await eventsOf(altalune, projectId, "api_key.exposed")).toHaveLength(100);
});

test("a value that stands in a call twice is one event, and at two places two", async () => {
  const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.DEACTIVATE });
  const { value } = await newApiKey(altalune.clients, projectId);
  const other = await newApiKey(altalune.clients, projectId);
  const places = [url, url, `${url}?copy`];
  await post(JSON.stringify([...places.map((place) => found(value, { url: place })), found(other.value)]));
  await reportsDone(altalune);
  expect(await eventsOf(altalune, projectId, "api_key.exposed")).toHaveLength(3);
  expect(await eventsOf(altalune, projectId, "api_key.deactivated")).toHaveLength(2);
  expect(new Set(await codesOf(value, other.value))).toEqual(new Set([VerificationCode.DISABLED]));
  expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
});

test("a root key among them is told of in the instance's own trail", async () => {
  const { id, value } = await newRootKey(altalune);
  expect((await post(JSON.stringify([found(value)]))).body).toMatchObject([{ label: "true_positive" }]);
  await reportsDone(altalune);
  expect(await eventsOf(altalune, "", "root_key.exposed")).toMatchObject([{ resourceId: id, actor: "github" }]);
});

describe("what is not GitHub's is refused, and does nothing:", () => {
  let body: string;
  let value: string;
  beforeAll(async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    ({ value } = await newApiKey(altalune.clients, projectId));
    body = JSON.stringify([found(value)]);
  });
  const good = () => signed(pair, body);

  test.each([
    ["no signature", () => ({ "content-type": "application/json" })],
    ["no identifier", () => ({ ...good(), "github-public-key-identifier": "" })],
    ["another key's signature", () => ({ ...signed(stranger, body), "github-public-key-identifier": pair.identifier })],
    ["the identifier of no key", () => ({ ...good(), "github-public-key-identifier": "f".repeat(64) })],
    [
      "the identifier of a member of every object",
      () => ({ ...good(), "github-public-key-identifier": "constructor" }),
    ],
    ["a key that is not shown", () => signed(stranger, body)],
    ["the signature of another body", () => signed(pair, `${body} `)],
    ["a signature that is none", () => ({ ...good(), "github-public-key-signature": "AAAA" })],
    ["a signature that is not base64", () => ({ ...good(), "github-public-key-signature": "%%%" })],
    [
      "a root key in its place",
      () => ({ "content-type": "application/json", authorization: `Bearer ${altalune.rootKey}` }),
    ],
  ])("%s", async (_what, headers) => {
    const refused = await post(body, headers());
    expect([refused.status, refused.body.reason]).toEqual([401, "GITHUB_SIGNATURE_INVALID"]);
    await reportsDone(altalune);
    expect(await codesOf(value)).toEqual([VerificationCode.VALID, VerificationCode.VALID]);
  });

  test("an altered body", async () => {
    const altered = Buffer.from(body);
    altered.writeUInt8(altered.readUInt8(altered.length - 3) ^ 1, altered.length - 3);
    expect((await post(altered, good())).status).toBe(401);
  });

  test("whatever is not a report is refused by what is wrong with it, once it is signed", async () => {
    for (const [wrong, field] of [
      ["{}", "body"],
      ["[", "body"],
      ["[1]", "0"],
      [JSON.stringify([{ type }]), "0.token"],
      [JSON.stringify([found("k"), found("")]), "1.token"],
      [JSON.stringify([found("k", { url: "u".repeat(2049) })]), "0.url"],
      [JSON.stringify(Array.from({ length: 1001 }, () => found("k"))), "body"],
    ] as const) {
      const refused = await post(wrong);
      expect([refused.status, Object.keys(refused.body.fields)]).toEqual([400, [field]]);
    }
    expect((await post("x".repeat(2 ** 20 + 1))).status).toBe(413);
    expect((await post(body, { ...good(), "content-type": "text/plain" })).status).toBe(415);
    const got = await fetch(`${altalune.url}/leaks/github`);
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
  });
});

test("what GitHub leaves out or adds does not matter, and a value in its own place is not kept", async () => {
  const projectId = await newProject(altalune.clients);
  const { value } = await newApiKey(altalune.clients, projectId);
  const place = `https://example.com/?q=${value}`;
  const body = JSON.stringify([
    { token: value, type, url: null, source: null, new_member: 1 },
    { token: value, type, url: place },
  ]);
  expect((await post(body)).status).toBe(200);
  await reportsDone(altalune);
  expect(await eventsOf(altalune, projectId, "api_key.exposed")).toMatchObject([
    { detail: { source: "github", url: "" } },
  ]);
  expect(altalune.logLines.join("")).not.toContain(value.slice(8));
});

test("a value is kept neither percent-encoded in its own place nor in what it was found in", async () => {
  const projectId = await newProject(altalune.clients);
  const { value } = await newApiKey(altalune.clients, projectId);
  const encoded = Buffer.from(value).toString("hex").replace(/../g, "%$&");
  const place = "https://example.com/";
  const body = JSON.stringify([
    found(value, { url: `${place}?q=${encoded}` }),
    found(value, { url: place, source: value }),
  ]);
  expect((await post(body)).status).toBe(200);
  await reportsDone(altalune);
  const told = await eventsOf(altalune, projectId, "api_key.exposed");
  expect(told.map(({ detail }) => [detail?.["source"], detail?.["url"]]).sort()).toEqual([
    ["github", place],
    ["github:content", ""],
  ]);
});

test("it is not there until it is configured", async () => {
  const body = JSON.stringify([found("k")]);
  const off = await post(body, signed(pair, body), beside.url);
  expect(off.status).toBe(404);
});

test("pinned keys are asked of nobody", async () => {
  const asked = keyServer.asked();
  await using pinned = await startTestInstance({ env: { ALTALUNE_GITHUB_KEYS: keysAnswer(stranger) } });
  const body = JSON.stringify([found("k")]);
  expect((await post(body, signed(stranger, body), pinned.url)).status).toBe(200);
  expect((await post(body, signed(pair, body), pinned.url)).status).toBe(401);
  expect(keyServer.asked()).toBe(asked);
});

test("keys that cannot be fetched are 503, and not asked for again and again", async () => {
  const away = await startKeyServer();
  await using altalune = await startTestInstance({
    env: { ALTALUNE_GITHUB_KEYS_URL: away.url, ALTALUNE_EGRESS_ALLOW: "loopback" },
  });
  const body = JSON.stringify([found("k")]);
  for (let i = 0; i < 5; i++) {
    const refused = await post(body, signed(pair, body), altalune.url);
    expect([refused.status, refused.body.reason]).toEqual([503, "GITHUB_KEYS_UNAVAILABLE"]);
  }
  expect(away.asked()).toBe(1);
  await away[Symbol.asyncDispose]();
});

test("a key that GitHub has taken since is found, and asked for at most every two minutes", async () => {
  await using server = await startKeyServer(pair);
  const clock = { now: 0 };
  const keys = new GithubKeys(
    { url: server.url },
    { fetchText: async (from) => (await fetch(from)).text(), onFailure: () => undefined, now: () => clock.now },
  );
  expect(await keys.find(pair.identifier)).toBeDefined();
  server.pairs = [stranger];
  expect(await keys.find(stranger.identifier)).toBeUndefined();
  expect(server.asked()).toBe(1);
  clock.now += 2 * 60_000;
  expect(await keys.find(stranger.identifier)).toBeDefined();
  expect(await keys.find(pair.identifier)).toBeUndefined();
  expect(server.asked()).toBe(2);
});

test.each([
  ["a key of another curve", () => keysAnswer(newPair("P-384"))],
  ["no keys", () => keysAnswer()],
  ["no JSON", () => "<html>"],
  ["a key that is none", () => JSON.stringify({ public_keys: [{ key_identifier: "a", key: "b" }] })],
])("%s is no answer of GitHub's", (_what, answer) => {
  expect(() => githubKeysOf(answer())).toThrow();
});
