import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { build, type Rolldown } from "vite";
import { expect, onTestFinished } from "vitest";
import type { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { firstBlock, freshProject, packSdk } from "../sdk/packed.js";
import { bringAxe } from "./axe.js";
import { complaintsOf } from "./complaints.js";
import type { OwnBrowser } from "./launch.js";

/** What pages of a team run. */
export interface TeamScripts {
  /** The page of the SDK's README. */
  readonly printed: string;
  /** One that a test gives its properties, by `show`. */
  readonly shown: string;
}

interface TeamSettings {
  readonly permissions?: PortalPermission[];
  readonly isListed?: boolean;
  readonly script?: keyof TeamScripts;
}

/** A page of a team, at an origin of its own; the printed one is given a portal token of alice's by its backend. */
export async function visitTeam(
  browser: OwnBrowser,
  instance: TestInstance,
  scripts: TeamScripts,
  { permissions, isListed = true, script = "printed" }: TeamSettings = {},
) {
  const projectId = await newProject(instance.clients);
  const origin = await serveTeam(instance.url, scripts[script], () =>
    newPortalToken(instance, projectId, "alice", permissions === undefined ? {} : { permissions }),
  );
  const origins = isListed ? [origin] : ["https://other.example.com"];
  await instance.clients.projects.updateProject({
    projectId,
    ownerAccess: { origins, ownerScopes: ["orders:*"] },
  });
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  await bringAxe(context);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(origin);
  return { page, complaints, projectId };
}

/** Gives the component other properties, as a page does that draws it anew. */
export async function show(
  page: Page,
  properties: { readonly token: string; readonly lifetimes?: number[]; readonly actions?: string[] },
): Promise<void> {
  await page.evaluate((given) => (globalThis as unknown as { show(given: object): void }).show(given), properties);
}

/** Lets the next call of an rpc through, and its answer be lost. */
export async function loseAnswer(page: Page, rpc: string): Promise<void> {
  await page.route(
    pathOf(rpc),
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
}

/** Holds the next call of an rpc up. */
export async function holdUp(page: Page, rpc: string): Promise<{ reached: Promise<void>; release: () => void }> {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await page.route(
    pathOf(rpc),
    async (route) => {
      reached.resolve();
      await released.promise;
      await route.continue();
    },
    { times: 1 },
  );
  return { reached: reached.promise, release: released.resolve };
}

/** The next answer of an rpc, as the page has it. */
export async function answerOf(page: Page, rpc: string): Promise<void> {
  const answer = await page.waitForResponse((response) => response.url().endsWith(`/${rpc}`));
  await answer.finished();
}

function pathOf(rpc: string): string {
  return `**/altalune.v1.MyApiKeyService/${rpc}`;
}

async function serveTeam(altalune: string, script: string, token: () => Promise<string>): Promise<string> {
  const policy = `default-src 'none'; script-src 'self'; connect-src 'self' ${altalune}; require-trusted-types-for 'script'`;
  const server = createServer((request, response) => {
    response.setHeader("content-security-policy", policy);
    if (request.url === "/portal-token") {
      void token().then((made) => response.end(JSON.stringify({ token: made })));
    } else if (request.url === "/main.js") {
      response.setHeader("content-type", "text/javascript");
      response.end(script);
    } else {
      response.setHeader("content-type", "text/html");
      response.end(
        '<!doctype html><html lang="en"><title>Keys</title><main><h1>Keys</h1><div id="root"></div></main><script type="module" src="/main.js"></script>',
      );
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const shown = `
import { ApiKeys } from "@altalune/sdk/react";
import { createRoot } from "react-dom/client";

const root = createRoot(document.getElementById("root"));
globalThis.show = (given) => root.render(<ApiKeys baseUrl="https://keys.example.com" {...given} />);
`;

/** Builds the pages in a project of its own, with the SDK as it is published. */
export async function bundleTeam(altalune: string): Promise<TeamScripts> {
  const tarball = await packSdk();
  const folder = await freshProject(tarball, "react", "react-dom");
  const bundle = async (source: string): Promise<string> => {
    expect(source).toContain("https://keys.example.com");
    const input = join(folder, "main.jsx");
    await writeFile(input, source.replace("https://keys.example.com", altalune));
    const built = await build({
      configFile: false,
      root: folder,
      logLevel: "silent",
      build: { write: false, minify: false, target: "esnext", modulePreload: false, rolldownOptions: { input } },
    });
    return (built as Rolldown.RolldownOutput).output[0].code;
  };
  try {
    const printed = await bundle(firstBlock(readFileSync("sdk/README.md", "utf8"), "jsx"));
    return { printed, shown: await bundle(shown) };
  } finally {
    await Promise.all([folder, dirname(tarball)].map((made) => rm(made, { recursive: true })));
  }
}
