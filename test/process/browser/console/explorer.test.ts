import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { RevocationReason } from "../../../../gen/altalune/v1/api_key_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newRootKey } from "../../../rules/authority/root-keys.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import type { TestInstance } from "../../../support/instance.js";
import { test } from "../../../support/shared-instance.js";
import { needTool } from "../../../support/tools.js";
import { freshProject, packSdk } from "../../sdk/packed.js";
import { launchBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { visitAs } from "./browser.js";

const run = promisify(execFile);

test("a key is verified, and the verdict is shown with all that it carries", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { clients } = instance;
  const projectId = await newProject(clients);
  const { id, value } = await newApiKey(clients, projectId, {
    name: "Laptop",
    ownerId: "user-7",
    scopes: ["orders:read"],
    metadata: { plan: "gold" },
    rateLimits: { perMinute: 1000, perDay: 5 },
  });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}`,
  });
  await page.getByRole("link", { name: "Try a key" }).press("Enter");
  await page.getByText("The verdict says whether the call may go on").waitFor();
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("Enter the value of a key.").waitFor();
  const field = page.getByLabel("Key", { exact: true });
  expect(await field.getAttribute("type")).toBe("password");
  await field.fill(` ${value}\n`);
  await page.keyboard.press("Enter");
  await page.getByText("The key is good for this call.").waitFor();
  const facts = page.locator("dl");
  for (const fact of [
    "VERIFICATION_CODE_VALID",
    "Laptop",
    id,
    "user-7",
    "orders:read",
    '"plan": "gold"',
    "999 of 1,000 left",
    "4 of 5 left",
  ]) {
    await facts.getByText(fact).first().waitFor();
  }
  // What is asked is another call: its verdict is not known.
  await page.getByRole("combobox", { name: "Scopes" }).fill("orders:write,orders:read");
  await page.keyboard.press("Enter");
  await page.getByText("No verdict yet").waitFor();
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByRole("alert").getByText("The key lacks a scope").waitFor();
  await page.getByText("Scopes it lacks").waitFor();
  await page.getByRole("combobox", { name: "Scopes" }).fill("no/scope");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("Some fields need another look.").waitFor();
  for (const _scope of [1, 2, 3]) {
    await page.getByRole("combobox", { name: "Scopes" }).press("Backspace");
  }
  await page.getByLabel("Cost").fill("1.5");
  await page.getByText("Enter a whole number").waitFor();
  await page.getByLabel("Cost").fill("6");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("never: it costs more than a whole window has").waitFor();
  await page.getByLabel("Cost").fill("5");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText(/^in \d+ (minutes|seconds), at /).waitFor();
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED });
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("The key was revoked.").waitFor();
  await page.getByRole("link", { name: "Laptop" }).click();
  await page.getByRole("heading", { name: "Laptop" }).waitFor();
  await page.goBack();
  // A key of another project is none of this one's.
  const { value: other } = await newApiKey(clients, await newProject(clients));
  await page.getByLabel("Key", { exact: true }).fill(other);
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("There is no such key in this project.").waitFor();
  expect(await page.locator("dl").getByText("Owner").count()).toBe(0);
  expect(complaints()).toEqual([]);
});

test("the value that is typed is in no address, no history and no storage, and gone with the page", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId);
  const { page, context } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/explorer`,
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.getByLabel("Key", { exact: true }).fill(value);
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("The key is good for this call.").waitFor();
  const kept = async () => [
    page.url(),
    await page.evaluate(() => JSON.stringify([history.state, localStorage, sessionStorage])),
    JSON.stringify(await context.storageState({ indexedDB: true })),
    ...asked,
  ];
  expect((await kept()).filter((text) => text.includes(value))).toEqual([]);
  // In the field alone, not in the calls that are shown for copying.
  expect(await page.content()).not.toContain(`>${value}`);
  expect(await page.locator("pre").allTextContents()).not.toContainEqual(expect.stringContaining(value));
  await page.getByRole("link", { name: "Projects" }).first().click();
  await page.getByRole("table", { name: "Projects" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Try a key" }).waitFor();
  expect(await page.getByLabel("Key", { exact: true }).inputValue()).toBe("");
  expect((await kept()).filter((text) => text.includes(value))).toEqual([]);
  await expect.poll(async () => (await memoryOf(page)).includes(value)).toBe(false);
});

test("whoever may not verify is not offered it, and is led away", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: `/console/projects/${projectId}` });
  await page.getByText("No key yet").waitFor();
  expect(await page.getByRole("link", { name: "Try a key" }).count()).toBe(0);
  await page.goto(`${instance.url}/console/projects/${projectId}/explorer`);
  await page.getByText("No key yet").waitFor();
});

/** What the page shows of a call in a language. Scopes and cost are what a shell or a language could take for its own. */
async function shownCall(page: Page, language: string): Promise<string> {
  await page.getByRole("tab", { name: language }).click();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(await page.getByRole("tabpanel").locator("pre").textContent()).toBe(copied);
  return copied;
}

/** Takes a call from the page as it stands, and runs it as the page says, with what the page says to set. */
async function expectCall(
  instance: TestInstance,
  skip: Parameters<typeof launchBrowser>[0],
  language: string,
  execute: (text: string, env: NodeJS.ProcessEnv) => Promise<string>,
): Promise<void> {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { value: rootKey } = await newRootKey(instance, { scopes: ["api_keys:verify"], projects: [projectId] });
  const { id, value } = await newApiKey(instance.clients, projectId, {
    scopes: ["orders:read", "orders:*"],
    rateLimits: { perDay: 5 },
  });
  const { page } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/explorer`,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.getByText("Set ROOT_KEY to a root key with the scope api_keys:verify, and KEY to the key.").waitFor();
  const env = { ...process.env, ROOT_KEY: rootKey, KEY: value };
  expect(await execute(await shownCall(page, language), env)).toMatch(/\bVALID\b|VERIFICATION_CODE_VALID/);
  await page.getByRole("combobox", { name: "Scopes" }).fill("orders:read,orders:write");
  await page.keyboard.press("Enter");
  await page.getByLabel("Cost").fill("3");
  const dear = await shownCall(page, language);
  expect(await execute(dear, env)).toMatch(/\bVALID\b|VERIFICATION_CODE_VALID/);
  const { rateLimits } = await instance.clients.apiKeys.getRateLimits({ projectId, apiKeyId: id });
  expect(rateLimits.map(({ remaining }) => remaining)).toEqual([1]);
  expect(await execute(dear, env)).toMatch(/RATE_LIMITED/);

  // What was typed ends no quotation and runs nothing: it is sent as it stands, and refused.
  await page.getByRole("combobox", { name: "Scopes" }).fill(`'";echo\u00a0$(id)\`id\`\\`);
  await page.keyboard.press("Enter");
  const refused = await execute(await shownCall(page, language), env).catch((error) => JSON.stringify(error));
  expect(refused).toMatch(/invalid_argument|required_scopes|400/);
  expect(refused).not.toContain("uid=");
}

/** Runs a text as a file of a folder of its own. */
async function asFile(text: string, name: string, command: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-call-"));
  try {
    await writeFile(join(folder, name), text);
    const [program = "", ...args] = command;
    return (await run(program, args, { cwd: folder, env })).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the call by curl runs as it is printed", async ({ instance, skip }) => {
  await expectCall(instance, skip, "curl", async (text, env) => (await run("bash", ["-c", text], { env })).stdout);
});

test("the call by Python runs as it is printed", async ({ instance, skip }) => {
  const python = needTool(skip, "python3");
  await expectCall(instance, skip, "Python", (text, env) => asFile(text, "verify.py", [python, "verify.py"], env));
});

test("the call by Go runs as it is printed", { timeout: 180_000 }, async ({ instance, skip }) => {
  const go = needTool(skip, "go");
  await expectCall(instance, skip, "Go", async (text, env) => {
    expect(await asFile(text, "verify.go", [join(dirname(go), "gofmt"), "-l", "."], env)).toBe("");
    return asFile(text, "verify.go", [go, "run", "verify.go"], env);
  });
});

test("the call by TypeScript runs as it is printed, with the packed SDK", { timeout: 180_000 }, async ({
  instance,
  skip,
}) => {
  const tarball = await packSdk();
  const folder = await freshProject(tarball);
  try {
    await expectCall(instance, skip, "TypeScript", async (text, env) => {
      await writeFile(join(folder, "verify.mts"), text);
      return (await run(process.execPath, ["verify.mts"], { cwd: folder, env })).stdout;
    });
  } finally {
    await Promise.all([folder, dirname(tarball)].map((made) => rm(made, { recursive: true })));
  }
});
