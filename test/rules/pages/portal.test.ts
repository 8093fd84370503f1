import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import { brotliCompressSync } from "node:zlib";
import { describe, expect } from "vitest";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newPortalCode } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";

const built = "dist/console";
const page = readFileSync(`${built}/portal.html`, "utf8");
const nobodysId = "23456789abcdef";

/** Not by fetch, which takes dots out of a path itself. */
async function ask({ url }: TestInstance, path: string): Promise<{ headers: Record<string, string>; body: string }> {
  const session = connect(url);
  const stream = session.request({ ":path": path });
  const [headers] = (await once(stream, "response")) as [Record<string, string>];
  const body = Buffer.concat(await stream.toArray()).toString();
  session.close();
  return { headers, body };
}

async function framesAt(instance: TestInstance, projectId: string): Promise<string | undefined> {
  const { headers } = await fetch(`${instance.url}/portal/${projectId}`);
  return /frame-ancestors ([^;]*)/.exec(headers.get("content-security-policy") ?? "")?.[1];
}

describe("the portal's page", () => {
  test("may be framed by pages of the project's own origins alone, as they are now", async ({ instance }) => {
    const origins = ["https://app.example.com", "http://localhost:3000"];
    const projectId = await newProject(instance.clients, { ownerAccess: { origins } });
    expect(await framesAt(instance, projectId)).toBe(origins.join(" "));
    await instance.clients.projects.updateProject({ projectId, ownerAccess: { origins: ["https://b.example.com"] } });
    expect(await framesAt(instance, projectId)).toBe("https://b.example.com");
    expect(await framesAt(instance, await newProject(instance.clients))).toBe("'none'");
    await instance.clients.projects.deleteProject({ projectId });
    expect(await framesAt(instance, projectId)).toBe("'none'");
  });

  test("is the same for a project that there is and one that there is not", async ({ instance }) => {
    const projectId = await newProject(instance.clients);
    const [here, nowhere] = [await ask(instance, `/portal/${projectId}`), await ask(instance, `/portal/${nobodysId}`)];
    const { date: _, "x-request-id": _id, ...told } = here.headers;
    expect(nowhere.headers).toMatchObject(told);
    expect(Object.keys(nowhere.headers).sort()).toEqual(Object.keys(here.headers).sort());
    expect([here.body, nowhere.body]).toEqual([page, page]);
  });

  test("may run and load nothing but its own files, and is kept by no browser", async ({ instance }) => {
    const { status, headers } = await fetch(`${instance.url}/portal/${nobodysId}`);
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers.get("content-security-policy")?.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    // Its policy would be that of before.
    expect([headers.get("cache-control"), headers.get("etag")]).toEqual(["no-store", null]);
    expect([headers.get("x-frame-options"), headers.get("set-cookie")]).toEqual([null, null]);
    expect([headers.get("x-content-type-options"), headers.get("referrer-policy")]).toEqual(["nosniff", "no-referrer"]);
    expect(page).not.toMatch(/<style|<script>|\son\w+=|\sstyle=/);
    for (const [, address = ""] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(address).toMatch(/^(data:,|\/console\/assets\/[\w-]+\.(js|css))$/);
    }
  });

  test.for([
    "/portal",
    "/portal/",
    "/portal/no-id",
    `/portal/${nobodysId}/`,
    `/portal/${nobodysId}/../../package.json`,
    "/portal/..%2f..%2fpackage.json",
    `/portal/${nobodysId}%00`,
    `/portal/${nobodysId};frame-ancestors%20*`,
    "/portal/1".padEnd(22, "1"),
    "/portal/__proto__",
    "/portal.html",
    "/console/assets/portal.html",
  ])("is not at %s", async (path, { instance }) => {
    expect((await ask(instance, path)).headers[":status"]).toBe(404);
  });

  test("takes GET and HEAD alone", async ({ instance }) => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const answer = await fetch(`${instance.url}/portal/${nobodysId}`, { method });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
    expect(await (await fetch(`${instance.url}/portal/${nobodysId}`, { method: "HEAD" })).text()).toBe("");
  });

  test("brings at most 200 KiB of scripts", () => {
    const loaded = new Set<string>();
    const load = (name: string): void => {
      if (!loaded.has(name)) {
        loaded.add(name);
        const script = readFileSync(`${built}/assets/${name}`, "utf8");
        for (const [, imported = ""] of script.matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g)) {
          load(imported);
        }
      }
    };
    for (const [, name = ""] of page.matchAll(/"\/console\/assets\/([\w-]+\.js)"/g)) {
      load(name);
    }
    const sizes = [...loaded].map((name) => brotliCompressSync(readFileSync(`${built}/assets/${name}`)).byteLength);
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200 * 1024);
  });
});

test("with ALTALUNE_CONSOLE=off there is no page, and a code is good all the same", async () => {
  await using instance = await startTestInstance({ env: { ALTALUNE_CONSOLE: "off" } });
  const projectId = await newProject(instance.clients);
  expect((await fetch(`${instance.url}/portal/${projectId}`)).status).toBe(404);
  const code = await newPortalCode(instance, projectId, "alice");
  const { token } = await instance.clientsWith(undefined).portal.exchangePortalCode({ code });
  expect((await instance.clientsWith(token).myApiKeys.queryMyApiKeys({})).data).toEqual([]);
});
