import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import { test } from "../../support/shared-instance.js";

const paths = ["/openapi.json", "/docs", "/docs/viewer.js", "/docs/viewer.css", "/docs/start.js"];

describe("what people read", () => {
  test("is the committed document, without a root key", async ({ instance }) => {
    const answer = await fetch(`${instance.url}/openapi.json`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.text()).toBe(readFileSync("docs/openapi.json", "utf8"));
  });

  test.for(paths)(
    "%s is sent again only to who has no copy, and is not framed, sniffed or joined by cookies",
    async (path, { instance }) => {
      const answer = await fetch(instance.url + path);
      const { headers } = answer;
      const body = await answer.text();
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("set-cookie")).toBeNull();
      expect(headers.get("cache-control")).toBe("no-cache");
      const etag = headers.get("etag") ?? "";
      const again = await fetch(instance.url + path, { headers: { "if-none-match": `"other", ${etag}` } });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
      const changed = await fetch(instance.url + path, { headers: { "if-none-match": 'W/"other"' } });
      expect([changed.status, await changed.text()]).toEqual([200, body]);
      const head = await fetch(instance.url + path, { method: "HEAD", headers: { "accept-encoding": "identity" } });
      expect([head.status, await head.text(), head.headers.get("content-length")]).toEqual([
        200,
        "",
        String(Buffer.byteLength(body)),
      ]);
      const posted = await fetch(instance.url + path, { method: "POST", body: "{}" });
      expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    },
  );

  test("is kept for good by the addresses that the page names, which change with what is there", async ({
    instance,
  }) => {
    const page = await (await fetch(`${instance.url}/docs`)).text();
    const named = [...page.matchAll(/(?:href|src)="(docs\/[^"]+)"/g)].map(
      ([, address]) => `${instance.url}/${address}`,
    );
    expect(named).toHaveLength(3);
    for (const address of named) {
      expect((await fetch(address)).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect((await fetch(address.replace(/v=./, "v=_"))).headers.get("cache-control")).toBe("no-cache");
    }
  });

  test.for([
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
  ] as const)(
    "is compressed by %s to less than half, over either version of HTTP",
    async ([coding, decompress], { instance }) => {
      const whole = readFileSync("docs/openapi.json");
      const session = connect(instance.url);
      const stream = session.request({ ":path": "/openapi.json", "accept-encoding": coding });
      const chunks: Buffer[] = await stream.toArray();
      session.close();
      const compressed = Buffer.concat(chunks);
      expect(compressed.byteLength).toBeLessThan(whole.byteLength / 2);
      expect(decompress(compressed).equals(whole)).toBe(true);
      const answer = await fetch(`${instance.url}/openapi.json`, { headers: { "accept-encoding": coding } });
      expect(answer.headers.get("content-encoding")).toBe(coding);
      expect(answer.headers.get("vary")).toContain("Accept-Encoding");
      expect(await answer.text()).toBe(whole.toString());
    },
  );

  test("is at /docs, where /docs/ leads to, and nowhere else below it", async ({ instance }) => {
    const led = await fetch(`${instance.url}/docs/`);
    expect([led.status, new URL(led.url).pathname]).toEqual([200, "/docs"]);
    for (const path of [
      "/docs/LICENSE",
      "/docs/..%2fpackage.json",
      "/docs/openapi.json",
      "/dist/viewer/swagger-ui.css",
    ]) {
      expect((await fetch(instance.url + path)).status).toBe(404);
    }
  });
});
