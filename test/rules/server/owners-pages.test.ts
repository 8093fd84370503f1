import { expect } from "vitest";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newPortalCode, newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";

const page = "https://app.example.com";
const otherPage = "https://shop.example.com";
const query = "/altalune.v1.MyApiKeyService/QueryMyApiKeys";
const exchange = "/altalune.v1.PortalService/ExchangePortalCode";
const ownersPaths = [
  query,
  exchange,
  "/v1/my/api_keys",
  "/v1/my/api_keys/22222222222222:rotate",
  "/v1/my/usage",
  "/v1/portal_sessions:exchange",
  "/users/me/apikeys",
  "/users/me/apikeys/22222222222222",
  "/api/keys",
  "/api/keys/22222222222222",
];

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients, { ownerAccess: { origins: [page] } });
  await newProject(altalune.clients, { ownerAccess: { origins: [otherPage] } });
});

async function preflight(path: string, origin: string, at = altalune) {
  const headers = { origin, "access-control-request-method": "POST" };
  const answer = await fetch(at.url + path, { method: "OPTIONS", headers });
  await answer.arrayBuffer();
  return { status: answer.status, allowed: answer.headers.get("access-control-allow-origin"), answer };
}

async function call(
  path: string,
  origin: string | undefined,
  token: string | undefined,
  body: unknown = {},
  at = altalune,
) {
  const answer = await fetch(at.url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(origin !== undefined && { origin }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return {
    status: answer.status,
    allowed: answer.headers.get("access-control-allow-origin"),
    vary: answer.headers.get("vary"),
    text: await answer.text(),
  };
}

test.for(ownersPaths)(
  "a preflight for %s is let through for the pages of any project, and for no others",
  async (path) => {
    for (const origin of [page, otherPage]) {
      const { status, allowed, answer } = await preflight(path, origin);
      expect([status, allowed]).toEqual([200, origin]);
      expect(answer.headers.get("access-control-allow-headers")).toMatch(/Authorization.*X-Altalune-Project-Id/);
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
      expect(answer.headers.get("vary")).toBe("Origin");
    }
    for (const origin of ["https://evil.example.com", "null", `${page}.evil.example.com`, "http://app.example.com"]) {
      const { status, allowed } = await preflight(path, origin);
      expect([origin, status, allowed]).toEqual([origin, 403, null]);
    }
  },
);

test.for([
  "/altalune.v1.ProjectService/QueryProjects",
  "/altalune.v1.PortalService/CreatePortalSession",
  "/v1/projects",
  "/v1/api_keys:verify",
  "/healthz",
])("a preflight for %s is for no page of a project", async (path) => {
  expect(await preflight(path, page)).toMatchObject({ status: 403, allowed: null });
});

test("a call is answered to the pages of its own project, and to whoever is no page", async () => {
  const token = await newPortalToken(altalune, projectId, "alice");
  expect(await call(query, page, token)).toMatchObject({ status: 200, allowed: page, vary: "Origin" });
  expect(await call(query, undefined, token)).toMatchObject({ status: 200, allowed: null });
  for (const origin of [otherPage, "null", "https://evil.example.com"]) {
    const refused = await call(query, origin, token);
    expect(refused).toMatchObject({ status: 403, allowed: null });
    expect(refused.text).toContain("pages of this origin may not call");
  }
  const overRest = await call("/api/keys", page, token);
  expect(overRest).toMatchObject({ status: 201, allowed: page });
  expect(await call("/api/keys", otherPage, token)).toMatchObject({ status: 403, allowed: null });
});

test("a page may read why its token is refused, and why its request is", async () => {
  const token = await newPortalToken(altalune, projectId, "bob");
  for (const path of ["/altalune.v1.MyApiKeyService/CreateMyApiKey", "/v1/my/api_keys", "/api/keys"]) {
    expect(await call(path, page, token, { name: "x" })).toMatchObject({ status: 400, allowed: page });
  }
  await altalune.clients.portal.endPortalSessions({ projectId, ownerId: "bob" });
  for (const path of [query, "/api/keys"]) {
    expect(await call(path, page, token)).toMatchObject({ status: 401, allowed: page });
  }
  expect(await call(query, page, undefined)).toMatchObject({ status: 401, allowed: null });
});

test("a code is exchanged by the pages of its project and of Altalune itself, and stays good where others tried", async () => {
  const code = await newPortalCode(altalune, projectId, "alice");
  expect(await call(exchange, otherPage, undefined, { code })).toMatchObject({ status: 403, allowed: null });
  expect(await call(exchange, page, undefined, { code })).toMatchObject({ status: 200, allowed: page });
  expect(await call(exchange, page, undefined, { code })).toMatchObject({ status: 401, allowed: page });
  const again = await newPortalCode(altalune, projectId, "alice");
  const own = await call(exchange, altalune.url, undefined, { code: again });
  expect(own).toMatchObject({ status: 200, allowed: altalune.url });
});

test("origins that a project gets or loses are soon in force, and at once for its calls", async () => {
  const fresh = "https://fresh.example.com";
  const token = await newPortalToken(altalune, projectId, "alice");
  expect(await call(query, fresh, token)).toMatchObject({ status: 403 });
  await altalune.clients.projects.updateProject({ projectId, ownerAccess: { origins: [page, fresh] } });
  expect(await call(query, fresh, token)).toMatchObject({ status: 200, allowed: fresh });
  await expect.poll(async () => (await preflight(query, fresh)).status, { timeout: 8_000 }).toBe(200);
  await altalune.clients.projects.updateProject({ projectId, ownerAccess: { origins: [page] } });
  expect(await call(query, fresh, token)).toMatchObject({ status: 403 });
});

test("pages of ALTALUNE_CORS_ORIGINS may call for owners of every project", async () => {
  const everywhere = "https://console.example.com";
  await using listing = await startTestInstance({ beside: altalune, env: { ALTALUNE_CORS_ORIGINS: everywhere } });
  const token = await newPortalToken(altalune, projectId, "alice");
  expect(await preflight(query, everywhere, listing)).toMatchObject({ status: 200, allowed: everywhere });
  expect(await call(query, everywhere, token, {}, listing)).toMatchObject({ status: 200, allowed: everywhere });
  expect(await call(query, page, token, {}, listing)).toMatchObject({ status: 200, allowed: page });
});
