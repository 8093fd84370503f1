import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:http2";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { describe, expect } from "vitest";
import { startTestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

const built = "dist/console";
const page = readFileSync(`${built}/index.html`, "utf8");
const assets = readdirSync(`${built}/assets`);

describe("the console", () => {
  test("is one page at every path of its own, which is asked for each time", async ({ instance }) => {
    for (const path of ["/console", "/console/", "/console/projects/23456789abcdef", "/console/a/../b?c=d"]) {
      const answer = await fetch(instance.url + path);
      expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
        path,
        200,
        "text/html; charset=utf-8",
      ]);
      expect(answer.headers.get("cache-control")).toBe("no-cache");
      expect(await answer.text()).toBe(page);
      const etag = answer.headers.get("etag") ?? "";
      expect((await fetch(instance.url + path, { headers: { "if-none-match": etag } })).status).toBe(304);
    }
  });

  test("may run and load nothing but its own files, and makes no markup of text", async ({ instance }) => {
    const { headers } = await fetch(`${instance.url}/console`);
    const policy = new Map(
      (headers.get("content-security-policy") ?? "").split("; ").map((directive) => {
        const [name = "", ...values] = directive.split(" ");
        return [name, values.join(" ")];
      }),
    );
    expect(Object.fromEntries(policy)).toEqual({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "img-src": "'self' data:",
      "connect-src": "'self'",
      "base-uri": "'none'",
      "form-action": "'none'",
      "frame-ancestors": "'none'",
      "require-trusted-types-for": "'script'",
      "trusted-types": "'none'",
    });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("set-cookie")).toBeNull();
    expect(page).not.toMatch(/<style|<script>|\son\w+=|\sstyle=/);
    expect([...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)).toEqual([
      "data:,",
      ...[...page.matchAll(/"(\/console\/assets\/[^"]+)"/g)].map(([, address]) => address),
    ]);
  });

  test("has files that are kept for good, since their names change with them", async ({ instance }) => {
    for (const name of assets) {
      const answer = await fetch(`${instance.url}/console/assets/${name}`);
      expect([name, answer.status]).toEqual([name, 200]);
      expect(answer.headers.get("content-type")).toMatch(/^text\/(javascript|css); charset=utf-8$/);
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(await answer.text()).toBe(readFileSync(`${built}/assets/${name}`, "utf8"));
    }
  });

  test("is sent compressed, by either version of HTTP, and by HEAD with its length alone", async ({ instance }) => {
    // One that is long enough to be worth it.
    const script = assets.find((name) => name.startsWith("workspace-") && name.endsWith(".js")) ?? "";
    const whole = readFileSync(`${built}/assets/${script}`);
    const path = `/console/assets/${script}`;
    const session = connect(instance.url);
    const chunks: Buffer[] = await session.request({ ":path": path, "accept-encoding": "br" }).toArray();
    session.close();
    expect(brotliDecompressSync(Buffer.concat(chunks)).equals(whole)).toBe(true);
    const zipped = await fetch(instance.url + path, { headers: { "accept-encoding": "gzip" } });
    expect([zipped.headers.get("content-encoding"), zipped.headers.get("vary")]).toEqual(["gzip", "Accept-Encoding"]);
    expect(Buffer.from(await zipped.arrayBuffer()).equals(whole)).toBe(true);
    const head = await fetch(instance.url + path, { method: "HEAD", headers: { "accept-encoding": "identity" } });
    expect([await head.text(), head.headers.get("content-length")]).toEqual(["", String(whole.byteLength)]);
  });

  test.for([
    "/console/assets/",
    "/console/assets/index.js",
    "/console/assets/../index.html.js",
    "/console/assets/..%2findex.html",
    "/console/assets/..%2f..%2f..%2fpackage.json",
    "/console/assets/%2e%2e/.made-from",
    "/console/assets/..\\..\\bundle\\cli\\main.js",
    "/console/assets/__proto__",
    "/console/assets/constructor.js",
  ])("has nothing at %s", async (path, { instance }) => {
    // Not by fetch, which takes dots out of a path itself.
    const session = connect(instance.url);
    const stream = session.request({ ":path": path });
    const [headers] = (await once(stream, "response")) as [Record<string, string>];
    session.close();
    expect([headers[":status"], headers["content-type"]]).toEqual([404, "application/problem+json"]);
  });

  test("takes GET and HEAD alone", async ({ instance }) => {
    for (const path of ["/console", "/console/projects", `/console/assets/${assets[0]}`]) {
      for (const method of ["POST", "PUT", "DELETE"]) {
        const answer = await fetch(instance.url + path, { method });
        expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      }
    }
  });

  test("is where / leads browsers, and nobody else", async ({ instance }) => {
    const asBrowser = await fetch(instance.url, { headers: { accept: "text/html,*/*;q=0.8" }, redirect: "manual" });
    expect([asBrowser.status, asBrowser.headers.get("location")]).toEqual([302, "/console"]);
    expect(asBrowser.headers.get("cache-control")).toBe("no-store");
    for (const init of [
      {},
      { headers: { accept: "application/json" } },
      { method: "POST", headers: { accept: "text/html" } },
    ]) {
      const answer = await fetch(instance.url, init);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: "unimplemented" }]);
    }
  });

  test("leaves the pages for who registers as they are", async ({ instance }) => {
    for (const path of ["/console/setup", "/console/register"]) {
      expect(await (await fetch(instance.url + path)).text()).toContain("Join Altalune");
    }
  });

  test("brings at most 200 KiB of scripts to who signs in", async () => {
    const [entry = ""] = /index-[\w-]+\.js/.exec(page) ?? [];
    const signIn = assets.find((name) => /^sign-in-page-.*\.js$/.test(name)) ?? "";
    expect(signIn).not.toBe("");
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
    load(entry);
    load(signIn);
    const sizes = [...loaded].map((name) => brotliCompressSync(readFileSync(`${built}/assets/${name}`)).byteLength);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200 * 1024);
  });
});

test("with ALTALUNE_CONSOLE=off there is no console, and whoever is invited still registers", async () => {
  await using instance = await startTestInstance({ env: { ALTALUNE_CONSOLE: "off" } });
  for (const path of ["/", "/console", "/console/projects", `/console/assets/${assets[0]}`]) {
    const answer = await fetch(instance.url + path, { headers: { accept: "text/html" }, redirect: "manual" });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  const registration = await (await fetch(`${instance.url}/console/setup`)).text();
  expect(registration).toContain("Join Altalune");
  expect(registration).not.toContain("data-next");
});
