import type { JsonObject } from "@bufbuild/protobuf";
import { describe, expect } from "vitest";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";
import { audience, issuerName, startIssuer } from "../trusted_issuer/issuer.js";
import { generateKey, graphqlClient, post } from "./client.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

const list = JSON.stringify({ query: "{ apiKeys { name } }" });

test("whoever holds a token of an issuer that the project trusts is an owner, in the project that the request names", async () => {
  await using issuer = await startIssuer();
  const jwks = { keys: issuer.keys() as JsonObject[] };
  const trustedIssuers = [{ issuer: issuerName, audience, jwks }];
  const projectId = await newProject(altalune.clients, { ownerAccess: { trustedIssuers } });
  const token = await issuer.token();
  const bob = await newPortalToken(altalune, projectId, "bob");
  await generateKey(graphqlClient(altalune, bob), { name: "of bob" });
  await generateKey(graphqlClient(altalune, await newPortalToken(altalune, projectId, "alice")), { name: "of alice" });
  const named = { data: { apiKeys: [{ name: "of alice" }] } };
  const headers = { "x-altalune-project-id": projectId };
  expect(await (await post(altalune, token, list, headers)).json()).toEqual(named);
  const byQuery = await fetch(`${altalune.url}/graphql?project_id=${projectId}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: list,
  });
  expect(await byQuery.json()).toEqual(named);
  expect((await post(altalune, token, list)).status).toBe(401);
  const other = { "x-altalune-project-id": await newProject(altalune.clients) };
  expect((await post(altalune, token, list, other)).status).toBe(401);
});

describe("a page", () => {
  const page = "https://app.example.com";

  async function preflight(origin: string) {
    const headers = { origin, "access-control-request-method": "POST" };
    const { status, headers: of } = await fetch(`${altalune.url}/graphql`, { method: "OPTIONS", headers });
    return [status, of.get("access-control-allow-origin")];
  }

  test("of the project may call, and reads why it is refused", async () => {
    const projectId = await newProject(altalune.clients, { ownerAccess: { origins: [page] } });
    const token = await newPortalToken(altalune, projectId, "alice");
    expect(await preflight(page)).toEqual([200, page]);
    const bodies = { [list]: 200, '{"query":"{ nothing }"}': 400, "[]": 400 };
    for (const [body, status] of Object.entries(bodies)) {
      const answer = await post(altalune, token, body, { origin: page });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([status, page]);
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    }
    await altalune.clients.portal.endPortalSessions({ projectId, ownerId: "alice" });
    const ended = await post(altalune, token, list, { origin: page });
    expect([ended.status, ended.headers.get("access-control-allow-origin")]).toEqual([401, page]);
  });

  test("of another project may not", async () => {
    const other = "https://other.example.com";
    await newProject(altalune.clients, { ownerAccess: { origins: [other] } });
    const token = await newPortalToken(altalune, await newProject(altalune.clients), "alice");
    const answer = await post(altalune, token, list, { origin: other });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: "FORBIDDEN", reason: "ORIGIN_NOT_ALLOWED" } }],
    });
    expect(await preflight("https://evil.example.com")).toEqual([403, null]);
  });
});
