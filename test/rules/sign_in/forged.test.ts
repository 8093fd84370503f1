import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, isOpen, newPerson, signIn } from "./people.js";

let altalune: TestInstance;
let cookie: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  const owner = await newPerson(altalune, UserRole.OWNER);
  ({ cookie } = await signIn(altalune, owner));
});
afterAll(() => altalune.stop());

const elsewhere = "https://evil.example";
const json = { "content-type": "application/json" };

/** A request as a browser of somebody who is signed in sends it for a page. */
async function from(page: Readonly<Record<string, string>>, line: string, body?: string): Promise<number> {
  const [method = "GET", path = "/"] = line.split(" ");
  const headers = { cookie, ...page };
  const response = await fetch(altalune.url + path, { method, headers, ...(body !== undefined && { body }) });
  await response.arrayBuffer();
  return response.status;
}

const changes = [
  ["POST /api/auth/logout", undefined],
  ["DELETE /api/auth/sessions", undefined],
  ["PUT /api/auth/password", '{"current_password":"x","new_password":"y"}'],
  ["POST /api/auth/passkeys/options", '{"password":"x"}'],
  ["POST /api/auth/passkeys", '{"response":{}}'],
  ["DELETE /api/auth/passkeys/22222222222222", '{"password":"x"}'],
  ["POST /v1/projects", '{"name":"Forged"}'],
  ["POST /altalune.v1.ProjectService/CreateProject", '{"name":"Forged"}'],
] as const;

describe.each(changes)("with a cookie alone, %s is refused", (line, body) => {
  const typed = body === undefined ? {} : json;

  test("from a page of another origin", async () => {
    expect(await from({ ...typed, origin: elsewhere, "sec-fetch-site": "cross-site" }, line, body)).toBe(403);
    expect(await from({ ...typed, origin: elsewhere, "sec-fetch-site": "same-origin" }, line, body)).toBe(403);
    expect(await from({ ...typed, origin: "null" }, line, body)).toBe(403);
    expect(await from({ ...typed, "sec-fetch-site": "same-site" }, line, body)).toBe(403);
    expect(await from({ ...typed, origin: `${altalune.url}.evil.example` }, line, body)).toBe(403);
    expect(await from({ ...typed, origin: "http://localhost:1" }, line, body)).toBe(403);
  });

  test("where nothing says from what page it is", async () => {
    expect(await from(typed, line, body)).toBe(403);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "in the type %s of a form, whatever its origin",
    async (type) => {
      const status = await from({ "content-type": type, origin: altalune.url }, line, body ?? "{}");
      expect([403, 415]).toContain(status);
    },
  );
});

test("nothing of that was done", async () => {
  const { data } = await altalune.clients.projects.queryProjects({});
  expect(data).toEqual([]);
  expect(await isOpen(altalune, cookie)).toBe(true);
});

test("a page of our own may, by Origin or by Sec-Fetch-Site, by any name of this machine", async () => {
  const create = (page: Readonly<Record<string, string>>) =>
    from({ ...json, ...page }, "POST /v1/projects", '{"name":"Ours"}');
  expect(await create({ origin: altalune.url })).toBe(201);
  expect(await create({ origin: altalune.url.replace("127.0.0.1", "localhost") })).toBe(201);
  expect(await create({ "sec-fetch-site": "same-origin" })).toBe(201);
});

test("reading needs no origin, and changes nothing", async () => {
  expect(await from({}, "GET /v1/projects")).toBe(200);
  expect(await from({}, "GET /api/auth/me")).toBe(200);
});

test("a sign-in from a page of another origin is refused, and one by a program is not", async () => {
  const person = await newPerson(altalune, UserRole.VIEWER);
  const login = async (headers: Readonly<Record<string, string>>) =>
    (await signIn(altalune, person, { headers })).answer.status;
  expect(await login({ origin: elsewhere })).toBe(403);
  expect(await login({ "sec-fetch-site": "cross-site" })).toBe(403);
  expect(await login({ origin: altalune.url })).toBe(200);
  expect(await login({})).toBe(200);
});

test("a session beside a root key is refused, by every way, the warm one of verifications too", async () => {
  const headers = { authorization: `Bearer ${altalune.rootKey}` };
  const paths = ["/altalune.v1.ProjectService/QueryProjects", "/altalune.v1.VerificationService/VerifyApiKey"];
  for (const path of paths) {
    for (let i = 0; i < 2; i++) {
      const alone = await ask(altalune, `POST ${path}`, { headers, body: path.endsWith("Key") ? { key: "sk-x" } : {} });
      expect(alone.status).toBe(200);
    }
    const both = await ask(altalune, `POST ${path}`, { headers, cookie, body: {} });
    expect(both).toMatchObject({ status: 401, body: { message: expect.stringContaining("two credentials") } });
  }
  expect(await ask(altalune, "GET /api/auth/me", { headers, cookie })).toMatchObject({
    status: 401,
    body: { error: "TWO_CREDENTIALS" },
  });
});
