import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium } from "playwright-core";
import { build, type Rolldown } from "vite";
import { expect, onTestFinished, type TestContext } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";
import { needTool } from "../../support/tools.js";
import { firstBlock, freshProject, packSdk } from "../sdk/packed.js";
import { faultsOf } from "./axe.js";
import { complaintsOf } from "./complaints.js";
import { verdictOf } from "./keys.js";

let script: string;
test.beforeAll(async ({ instance }) => {
  script = await bundle(instance.url);
}, 240_000);

test("on a page of another origin the component of the SDK's README makes, rotates and revokes a user's keys", {
  timeout: 120_000,
}, async ({ instance, skip }) => {
  await using browser = await launch(skip);
  const { page, complaints, projectId } = await visitTeam(browser, instance);
  await page.getByText("You have no key yet.").waitFor();
  expect(await faultsOf(page)).toEqual([]);

  await page.getByLabel("Name of the new key").fill("Laptop");
  await page.getByLabel("Scopes").fill("orders:read, invoices:write");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("scopes").waitFor();
  await page.getByLabel("Scopes").fill("orders:read");
  await page.keyboard.press("Enter");
  const value = page.getByLabel("Value of the key");
  const first = await value.inputValue();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(first);
  expect(await faultsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "I have stored it" }).click();
  expect(await page.content()).not.toContain(first);
  expect(await verdictOf(instance, first)).toBe(VerificationCode.VALID);

  await page.getByRole("button", { name: "Rotate Laptop" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Rotate Laptop" }).click();
  await page.getByRole("button", { name: "Yes" }).click();
  const second = await value.inputValue();
  await page.getByRole("button", { name: "I have stored it" }).click();
  expect(second).not.toBe(first);
  expect([await verdictOf(instance, first), await verdictOf(instance, second)]).toEqual([
    VerificationCode.VALID,
    VerificationCode.VALID,
  ]);

  await page.getByRole("button", { name: "Revoke Laptop" }).click();
  await page.getByText("Revoke it for good?").waitFor();
  expect(await verdictOf(instance, second)).toBe(VerificationCode.VALID);
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByRole("cell", { name: "Revoked" }).waitFor();
  expect(await verdictOf(instance, second)).toBe(VerificationCode.REVOKED);
  expect(await faultsOf(page)).toEqual([]);
  const { data } = await instance.clients.apiKeys.queryApiKeys({ projectId });
  expect(data).toMatchObject([
    { name: "Laptop", ownerId: "alice", scopes: ["orders:read"], revocationReason: RevocationReason.NO_LONGER_NEEDED },
  ]);
  // The policy of the page lets nothing be written into it, and nothing was tried but what the server refused.
  expect(complaints.filter((text) => !/status of 400/.test(text))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
  expect(JSON.stringify(await page.context().storageState({ indexedDB: true }))).not.toContain("alt_portal_");
});

test("a token that ends, one that allows less, and a page of no origin of the project's are told so", {
  timeout: 120_000,
}, async ({ instance, skip }) => {
  await using browser = await launch(skip);
  const ended = await visitTeam(browser, instance);
  await ended.page.getByText("You have no key yet.").waitFor();
  await instance.clients.portal.endPortalSessions({ projectId: ended.projectId, ownerId: "alice" });
  await ended.page.getByLabel("Name of the new key").fill("Laptop");
  await ended.page.keyboard.press("Enter");
  await ended.page.getByRole("alert").getByText("Your session here has ended.").waitFor();

  const reader = await visitTeam(browser, instance, { permissions: [PortalPermission.READ] });
  await reader.page.getByLabel("Name of the new key").fill("Laptop");
  await reader.page.keyboard.press("Enter");
  await reader.page.getByRole("alert").waitFor();
  expect((await instance.clients.apiKeys.queryApiKeys({ projectId: reader.projectId })).data).toEqual([]);

  const stranger = await visitTeam(browser, instance, { isListed: false });
  await stranger.page.getByRole("alert").getByText("The server does not answer.").waitFor();
});

function launch(skip: TestContext["skip"]): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] || needTool(skip, "chromium");
  return chromium.launch({ executablePath, chromiumSandbox: false });
}

interface TeamSettings {
  readonly permissions?: PortalPermission[];
  readonly isListed?: boolean;
}

/** A page of a team, at an origin of its own, which its backend gives a portal token of alice's. */
async function visitTeam(
  browser: Browser,
  instance: TestInstance,
  { permissions, isListed = true }: TeamSettings = {},
) {
  const projectId = await newProject(instance.clients);
  const origin = await serveTeam(instance.url, () =>
    newPortalToken(instance, projectId, "alice", permissions === undefined ? {} : { permissions }),
  );
  const origins = isListed ? [origin] : ["https://other.example.com"];
  await instance.clients.projects.updateProject({
    projectId,
    ownerAccess: { origins, ownerScopes: ["orders:*"] },
  });
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
  await context.addInitScript({ content: axe.source });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(origin);
  return { page, complaints, projectId };
}

async function serveTeam(altalune: string, token: () => Promise<string>): Promise<string> {
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

/** The page of the SDK's README, in a project of its own, with the SDK as it is published. */
async function bundle(altalune: string): Promise<string> {
  const tarball = await packSdk();
  const folder = await freshProject(tarball, "react", "react-dom");
  try {
    const printed = firstBlock(readFileSync("sdk/README.md", "utf8"), "jsx");
    expect(printed).toContain("https://keys.example.com");
    const input = join(folder, "main.jsx");
    await writeFile(input, printed.replace("https://keys.example.com", altalune));
    const built = await build({
      configFile: false,
      root: folder,
      logLevel: "silent",
      build: { write: false, minify: false, target: "esnext", modulePreload: false, rolldownOptions: { input } },
    });
    return (built as Rolldown.RolldownOutput).output[0].code;
  } finally {
    await Promise.all([folder, dirname(tarball)].map((made) => rm(made, { recursive: true })));
  }
}
