import { createHmac, createPublicKey, type JsonWebKey } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import type { JWTPayload } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { audience, type Issuer, issuerName, startIssuer } from "./issuer.js";

const seconds = () => Math.floor(Date.now() / 1000);

let altalune: TestInstance;
let issuer: Issuer;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_EGRESS_ALLOW: "loopback" } });
});
afterAll(() => altalune.stop());
beforeEach(async () => {
  issuer = await startIssuer();
  projectId = await trusting({ jwksUri: issuer.url });
  return () => issuer[Symbol.asyncDispose]();
});

function trusting(
  keys: { readonly jwksUri: string } | { readonly jwks: JsonObject },
  more: { readonly ownerClaim?: string; readonly algorithms?: string[] } = {},
): Promise<string> {
  const trusted = { issuer: issuerName, audience, ...keys, ...more };
  return newProject(altalune.clients, { ownerAccess: { trustedIssuers: [trusted] } });
}

/** What the owner's keys are to whoever sends this; a status where they are none. */
async function keysOf(
  token: string,
  headers: Readonly<Record<string, string>> = { "x-altalune-project-id": projectId },
  query = "",
) {
  const answer = await fetch(`${altalune.url}/api/keys${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const body = (await answer.json()) as { reason: string } & { name: string }[];
  return answer.ok ? body.map(({ name }) => name) : `${answer.status} ${body.reason}`;
}

const refused = "401 OWNER_CREDENTIAL_INVALID";

describe("a token of a trusted issuer", () => {
  test("makes its subject an owner in the project that the call names, and in no other", async () => {
    await newApiKey(altalune.clients, projectId, { name: "of alice", ownerId: "alice" });
    await newApiKey(altalune.clients, projectId, { name: "of bob", ownerId: "bob" });
    const token = await issuer.token();
    expect(await keysOf(token)).toEqual(["of alice"]);
    expect(await keysOf(token, {}, `?project_id=${projectId}`)).toEqual(["of alice"]);
    expect(await keysOf(await issuer.token({ sub: "bob" }))).toEqual(["of bob"]);
    expect(await keysOf(token, {})).toBe(refused);
    const untrusting = await newProject(altalune.clients);
    for (const other of [untrusting, "x", "2".repeat(14), "", `${projectId}, ${projectId}`]) {
      expect(await keysOf(token, { "x-altalune-project-id": other })).toBe(refused);
    }
    expect(await keysOf(token, { "x-altalune-project-id": projectId }, `?project_id=${untrusting}`)).toBe(refused);
  });

  test("works in every project that trusts the issuer for it, each with keys of its own", async () => {
    const other = await trusting({ jwksUri: issuer.url });
    await newApiKey(altalune.clients, projectId, { name: "here", ownerId: "alice" });
    await newApiKey(altalune.clients, other, { name: "there", ownerId: "alice" });
    const token = await issuer.token();
    expect(await keysOf(token)).toEqual(["here"]);
    expect(await keysOf(token, { "x-altalune-project-id": other })).toEqual(["there"]);
  });

  test("names its owner by the claim that the project says", async () => {
    projectId = await trusting({ jwksUri: issuer.url }, { ownerClaim: "https://example.com/user" });
    await newApiKey(altalune.clients, projectId, { name: "of team 7", ownerId: "team 7" });
    expect(await keysOf(await issuer.token({ "https://example.com/user": "team 7" }))).toEqual(["of team 7"]);
    expect(await keysOf(await issuer.token())).toBe(refused);
  });

  test("is checked by keys that the project holds itself, and then nothing is fetched", async () => {
    projectId = await trusting({ jwks: { keys: issuer.keys() as JsonObject[] } });
    expect(await keysOf(await issuer.token())).toEqual([]);
    expect(issuer.asked()).toBe(0);
  });

  test("is good no more once the project does not trust its issuer", async () => {
    const token = await issuer.token();
    expect(await keysOf(token)).toEqual([]);
    await altalune.clients.projects.updateProject({ projectId, updateMask: { paths: ["owner_access"] } });
    expect(await keysOf(token)).toBe(refused);
  });

  test("is written into the trail by its owner's name", async () => {
    const headers = {
      authorization: `Bearer ${await issuer.token()}`,
      "x-altalune-project-id": projectId,
      "content-type": "application/json",
    };
    const made = await fetch(`${altalune.url}/altalune.v1.MyApiKeyService/CreateMyApiKey`, {
      method: "POST",
      headers,
      body: '{"name":"by a token"}',
    });
    expect(made.status).toBe(200);
    const { data } = await altalune.clients.audit.queryAuditEvents({ projectId });
    expect(data[0]).toMatchObject({ actor: "owner:alice", action: "api_key.created" });
  });

  test("cannot come beside a token of the portal, and is no root key", async () => {
    const token = await issuer.token();
    const portal = await newPortalToken(altalune, projectId, "bob");
    expect(await keysOf(`${token}, Bearer ${portal}`)).toBe(refused);
    const listing = { projectId };
    await expect(altalune.clientsWith(token).apiKeys.queryApiKeys(listing)).rejects.toMatchObject({ code: 16 });
  });
});

describe("a token is refused", () => {
  const wrong: readonly (readonly [what: string, claims: JWTPayload])[] = [
    ["that has expired", { exp: seconds() - 60 }],
    ["that never expires", { exp: undefined as never }],
    ["that is not good yet", { nbf: seconds() + 60 }],
    ["for another audience", { aud: "invoices" }],
    ["for no audience", { aud: undefined as never }],
    ["of another issuer", { iss: "https://evil.example.com" }],
    ["of an issuer whose name begins alike", { iss: `${issuerName}.evil.example.com` }],
    ["of nobody", { sub: undefined as never }],
    ["of an empty name", { sub: "" }],
    ["of a name of 129 characters", { sub: "a".repeat(129) }],
    ["of a name with a NUL", { sub: "a\0b" }],
    ["whose subject is none", { sub: 5 as never }],
  ];
  test.for(wrong)("%s", async ([_what, claims]) => {
    expect(await keysOf(await issuer.token(claims))).toBe(refused);
  });

  test("without a signature", async () => {
    const token = await issuer.token();
    const [, payload, signature] = token.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const asIs = Buffer.from('{"alg":"none","kid":"first"}').toString("base64url");
    for (const unsigned of [`${none}.${payload}.`, `${asIs}.${payload}.`, `${none}.${payload}.${signature}`]) {
      expect(await keysOf(unsigned)).toBe(refused);
    }
  });

  test("that was signed by the public key as a shared secret", async () => {
    const [key] = issuer.keys();
    const pem = createPublicKey({ key: key as JsonWebKey, format: "jwk" }).export({ format: "pem", type: "spki" });
    const payload = (await issuer.token()).split(".")[1] ?? "";
    for (const secret of [pem, JSON.stringify(key)]) {
      const head = Buffer.from('{"alg":"HS256","kid":"first"}').toString("base64url");
      const signature = createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url");
      expect(await keysOf(`${head}.${payload}.${signature}`)).toBe(refused);
    }
  });

  test("by an algorithm that the project does not take from its issuer", async () => {
    projectId = await trusting({ jwksUri: issuer.url }, { algorithms: ["ES256"] });
    expect(await keysOf(await issuer.token())).toBe(refused);
  });

  test("by a key that it brings itself, or says where to fetch", async () => {
    await using stranger = await startIssuer();
    const [jwk] = stranger.keys();
    for (const header of [{ jwk }, { jku: stranger.url }, { x5u: stranger.url }, {}]) {
      expect(await keysOf(await stranger.token({}, header as object))).toBe(refused);
    }
    expect(stranger.asked()).toBe(0);
  });

  test("that was changed after it was signed", async () => {
    const [head, , signature] = (await issuer.token()).split(".");
    const payload = Buffer.from(JSON.stringify({ iss: issuerName, aud: audience, sub: "bob", exp: seconds() + 60 }));
    expect(await keysOf(`${head}.${payload.toString("base64url")}.${signature}`)).toBe(refused);
  });

  test.for(["eyJ.eyJ.", "eyJhbGciOiJSUzI1NiJ9.e30.", `eyJ${"A".repeat(9_000)}.e30.x`])(
    "that is garbage",
    async (garbage) => {
      expect(await keysOf(garbage)).toBe(refused);
    },
  );
});

describe("the keys of an issuer", () => {
  test("are fetched once, and again for a key that is not known, but not for each that was made up", async () => {
    expect(await keysOf(await issuer.token())).toEqual([]);
    expect(await keysOf(await issuer.token())).toEqual([]);
    for (let i = 0; i < 5; i++) {
      expect(await keysOf(await issuer.token({}, { kid: `made up ${i}` }))).toBe(refused);
    }
    expect(issuer.asked()).toBe(1);
  });

  const unanswered = "503 ISSUER_KEYS_UNAVAILABLE";

  test("that come slowly are waited for 5 seconds, and keep nobody else waiting", async () => {
    issuer.answer = (_request, response) => {
      response.write("{");
    };
    const since = performance.now();
    const slow = keysOf(await issuer.token());
    const others = await newPortalToken(altalune, projectId, "bob");
    expect(await keysOf(others)).toEqual([]);
    expect(performance.now() - since).toBeLessThan(4_000);
    expect(await slow).toBe(unanswered);
    expect(performance.now() - since).toBeLessThan(7_000);
    // They are not asked for again at once.
    const again = performance.now();
    expect(await keysOf(await issuer.token())).toBe(unanswered);
    expect(performance.now() - again).toBeLessThan(1_000);
    expect(issuer.asked()).toBe(1);
  });

  test("that are 50 MB long are not read to their end", async () => {
    let sent = 0;
    issuer.answer = (_request, response) => {
      const megabyte = Buffer.alloc(1024 * 1024, " ");
      const send = () => {
        while (sent < 50 && !response.destroyed && response.write(megabyte)) {
          sent += 1;
        }
      };
      response.on("drain", send);
      send();
    };
    expect(await keysOf(await issuer.token())).toBe(unanswered);
    expect(sent).toBeLessThan(20);
  });

  test.for([
    ["a redirection", 302, ""],
    ["an error", 500, ""],
    ["no JSON", 200, "<html>"],
    ["another JSON", 200, '{"keys":"none"}'],
    ["null", 200, "null"],
  ] as const)("are none where the answer is %s", async ([_what, status, body]) => {
    await using elsewhere = await startIssuer();
    issuer.answer = (_request, response) => {
      response.writeHead(status, { location: elsewhere.url });
      response.end(body);
    };
    expect(await keysOf(await issuer.token())).toBe(unanswered);
    expect(elsewhere.asked()).toBe(0);
  });

  test("are not fetched from addresses that are not public, by whatever name", async () => {
    await using strict = await startTestInstance({ beside: altalune });
    const { port } = new URL(issuer.url);
    const token = await issuer.token();
    for (const url of [
      issuer.url,
      `https://127.0.0.1:${port}/`,
      `https://localhost:${port}/`,
      `https://[::1]:${port}/`,
      `https://[::ffff:127.0.0.1]:${port}/`,
      `https://2130706433:${port}/`,
      "https://169.254.169.254/latest/meta-data",
      "https://10.0.0.1/",
      "https://[fe80::1]/",
      "https://0.0.0.0/",
    ]) {
      projectId = await trusting({ jwksUri: url });
      const headers = { authorization: `Bearer ${token}`, "x-altalune-project-id": projectId };
      const answer = await fetch(`${strict.url}/api/keys`, { headers });
      expect({ url, status: answer.status }).toEqual({ url, status: 503 });
    }
    expect(issuer.asked()).toBe(0);
  });
});
