import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";
import { expect, onTestFinished, test } from "vitest";
import { startTestInstance } from "../../support/instance.js";
import { launchBrowser } from "./launch.js";
import type { CallReport, Report } from "./report.js";

test("a real browser lets a page of a listed origin call with generated clients, and a page of another not", async ({
  skip,
}) => {
  const script = await bundle();
  const [listed, other] = [await servePage(script), await servePage(script)];
  await using instance = await startTestInstance({ env: { ALTALUNE_CORS_ORIGINS: listed } });
  await using browser = await launchBrowser(skip);
  const visit = async (origin: string): Promise<Report> => {
    const asked = new URLSearchParams({ url: instance.url, "root-key": instance.rootKey });
    const page = await browser.newPage();
    await page.goto(`${origin}/#${asked}`);
    const report = await page.waitForFunction("window.report");
    return JSON.parse(String(await report.jsonValue()));
  };

  const called = (project: string): CallReport => ({
    project,
    requestId: "from-a-page",
    denial: {
      message: expect.stringMatching(/^\[not_found\] no such project/),
      reasons: ["PROJECT_NOT_FOUND"],
      requestId: "from-a-page",
    },
  });
  expect(await visit(listed)).toEqual({
    origin: listed,
    connect: called("By Connect"),
    connectBinary: called("By binary Connect"),
    grpcWeb: called("By gRPC-Web"),
  });

  const blocked = { failure: "[unknown] Failed to fetch" };
  expect(await visit(other)).toEqual({ origin: other, connect: blocked, connectBinary: blocked, grpcWeb: blocked });
  const { meta } = await instance.clients.projects.queryProjects({});
  expect(meta?.rowCount).toBe(3);
});

/** The page's script with all that it imports. */
async function bundle(): Promise<string> {
  const input = fileURLToPath(new URL("page.ts", import.meta.url));
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, minify: false, target: "esnext", modulePreload: false, rolldownOptions: { input } },
  });
  return (built as Rolldown.RolldownOutput).output[0].code;
}

/** Serves the page on a port of its own, which makes it an origin of its own. */
async function servePage(script: string): Promise<string> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
