import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { PortalPermission } from "../../../../gen/altalune/v1/portal_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { letRotate } from "../../../support/rotation.js";
import { test } from "../../../support/shared-instance.js";
import { pressInDialog, visitAs } from "../console/browser.js";
import { takeValue, verdictOf } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { counted } from "../usage.js";
import { newLink, visitPortal } from "./visit.js";

const dayMs = 24 * 60 * 60 * 1000;

async function createKey(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
}

test("an owner makes a key within what the project gives, copies its value, renames, rotates and revokes it", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, {
    ownerAccess: {
      ownerScopes: ["orders:read", "orders:write"],
      maxLifetime: durationFromMs(60 * dayMs),
      defaultLifetime: durationFromMs(7 * dayMs),
    },
  });
  await newApiKey(instance.clients, projectId, { name: "Of somebody else", ownerId: "bob" });
  const { page, complaints } = await visitPortal(browser, instance, projectId, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.getByText("No key yet").waitFor();
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByText("At most 60 days from now").waitFor();
  expect(await page.getByLabel("Expires").locator("option").allTextContents()).toEqual([
    "In 7 days (usual)",
    "In 30 days",
    "On a day",
  ]);
  const submit = page.getByRole("dialog").getByRole("button", { name: "Create key" });
  await page.getByRole("textbox", { name: "Name" }).fill("Laptop/1");
  await submit.click();
  await page.getByText("Must be 2 to 50 letters, digits, spaces, - and _.").waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("Laptop");
  await page.getByRole("combobox", { name: "Scopes" }).fill("users:write,");
  await submit.click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("combobox", { name: "Scopes" }).press("Backspace");
  await page.getByRole("combobox", { name: "Scopes" }).fill("orders:read,");
  await submit.click();

  const dialog = page.getByRole("dialog", { name: "Store this key now" });
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const value = await takeValue(page);
  expect([copied, await verdictOf(instance, value)]).toEqual([value, VerificationCode.VALID]);
  await page.getByText("The key Laptop is made.").waitFor();
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  await page.getByRole("cell", { name: "orders:read" }).waitFor();
  expect(await page.getByRole("rowheader").allTextContents()).toEqual(["Laptop"]);

  await page.getByRole("button", { name: "Rename Laptop" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Desktop");
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByText("It is called Desktop now.").waitFor();

  await page.getByRole("button", { name: "Rotate Desktop" }).click();
  await page.getByLabel("Grace period").selectOption("None: the old value ends at once");
  await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
  const next = await takeValue(page);
  await page.getByText("The key was rotated. The value before works no more.").waitFor();
  expect(await verdictOf(instance, value)).not.toBe(VerificationCode.VALID);
  expect(await verdictOf(instance, next)).toBe(VerificationCode.VALID);

  await page.getByRole("button", { name: "Revoke Desktop" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await verdictOf(instance, next)).toBe(VerificationCode.VALID);
  await page.getByRole("button", { name: "Revoke Desktop" }).click();
  await page.getByRole("button", { name: "Revoke for good" }).click();
  await page.getByText(/The key is revoked\. In force everywhere/).waitFor();
  expect(await verdictOf(instance, next)).toBe(VerificationCode.REVOKED);
  await page.getByRole("cell", { name: "Revoked" }).waitFor();
  expect(await page.getByRole("button", { name: /Desktop/ }).count()).toBe(0);
  expect(complaints()).toEqual([]);
});

test("a value that is stored is nowhere any more, and neither code nor token is in address, history or storage", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const link = await newLink(instance, projectId);
  const { page, context } = await visitPortal(browser, instance, await newProject(instance.clients));
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const [answer] = await Promise.all([page.waitForResponse("**/ExchangePortalCode"), page.goto(link)]);
  const { token } = (await answer.json()) as { token: string };
  await page.getByText("No key yet").waitFor();
  expect(page.url()).toBe(`${instance.url}/portal/${projectId}`);

  await createKey(page, "Laptop");
  const shown = await page.getByLabel("Value of the key").inputValue();
  expect(await memoryOf(page)).toContain(shown);
  await takeValue(page);
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  expect(await page.content()).not.toContain(shown);
  const code = link.split("#code=")[1] ?? "";
  const kept = JSON.stringify(await context.storageState({ indexedDB: true }));
  const session = await page.evaluate(() => JSON.stringify(sessionStorage));
  for (const secret of [shown, code, token]) {
    expect(kept + session).not.toContain(secret);
    expect(asked.filter((url) => !url.includes("#") && url.includes(secret))).toEqual([]);
  }
  await expect.poll(async () => (await memoryOf(page)).includes(shown)).toBe(false);

  await page.reload();
  await page.getByText("This page is opened by a link").waitFor();
  await page.goBack();
  await expect.poll(() => page.url()).not.toContain(code);
});

test("a value that is shown stays when its page is left, or another link is followed, until it is stored", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page } = await visitPortal(browser, instance, projectId);
  await createKey(page, "Laptop");
  const shown = await page.getByLabel("Value of the key").inputValue();
  const asked: string[] = [];
  page.once("dialog", (question) => {
    asked.push(question.type());
    return question.dismiss();
  });
  await page.evaluate(() => location.assign("/docs"));
  await expect.poll(() => asked).toEqual(["beforeunload"]);
  const next = await newLink(instance, projectId, { permissions: [PortalPermission.READ] });
  await page.evaluate((link) => {
    const taken = new Promise((resolve) => addEventListener("hashchange", resolve, { once: true }));
    location.assign(link);
    return taken;
  }, next);
  expect(page.url()).toBe(`${instance.url}/portal/${projectId}`);
  expect(await takeValue(page)).toBe(shown);
  // Then the other link leads on.
  await page.getByRole("button", { name: "Create key" }).waitFor({ state: "detached" });
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
});

test("a code that was used, has expired, or is another project's, and a session that ended, lead to a new link", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const link = await newLink(instance, projectId);
  const { page } = await visitPortal(browser, instance, projectId);
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByText("No key yet").waitFor();
  // A link that is followed at the page itself changes its fragment alone.
  await page.goto(link);
  await page.getByRole("alert").getByText("This link was used already").waitFor();
  expect(page.url()).not.toContain("code");

  const late = await newLink(instance, projectId, { ownerId: "late" });
  await sql`update altalune_portal_sessions set code_expires_at = altalune_now() where owner_id = 'late'`.execute(
    instance.db,
  );
  await page.goto(late);
  await page.getByRole("alert").getByText("or is too old. Ask for a new link").waitFor();

  const elsewhere = await newProject(instance.clients);
  const [, code] = (await newLink(instance, projectId)).split("#");
  await page.goto(`${instance.url}/portal/${elsewhere}#${code}`);
  await page.getByRole("alert").getByText("This link was used already").waitFor();
  // It was not asked for, and is good where it belongs.
  await page.goto(`${instance.url}/portal/${projectId}#${code}`);
  await page.getByText("No key yet").waitFor();

  await instance.clients.portal.endPortalSessions({ projectId, ownerId: "alice" });
  await createKey(page, "Laptop");
  await page.getByRole("alert").getByText("Your session here has ended. Ask for a new link.").waitFor();
  await page.goto(await newLink(instance, projectId));
  await page.getByText("No key yet").waitFor();
});

test("what the session does not allow is not shown", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  await newApiKey(instance.clients, projectId, { name: "Laptop", ownerId: "alice" });
  const { READ, CREATE, ROTATE, REVOKE, USAGE } = PortalPermission;
  for (const { permissions, buttons, headings } of [
    { permissions: [READ], buttons: [], headings: ["Your API keys"] },
    { permissions: [READ, ROTATE], buttons: ["Rotate"], headings: ["Your API keys"] },
    { permissions: [READ, REVOKE], buttons: ["Revoke"], headings: ["Your API keys"] },
    { permissions: [READ, CREATE], buttons: ["Create key", "Rename"], headings: ["Your API keys"] },
    { permissions: [CREATE], buttons: ["Create key"], headings: ["Your API keys"] },
    { permissions: [USAGE], buttons: [], headings: ["Usage"] },
  ]) {
    const { page, context, complaints } = await visitPortal(browser, instance, projectId, { session: { permissions } });
    await (permissions.includes(READ) ? page.getByRole("table") : page.getByRole("heading")).first().waitFor();
    expect(await page.getByRole("button").allTextContents()).toEqual(buttons);
    expect(await page.getByRole("heading").allTextContents()).toEqual(headings);
    expect(complaints()).toEqual([]);
    await context.close();
  }
});

test("keys are walked by tokens, and usage is told of all and of one", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { maxKeysPerOwner: 0 });
  const values: string[] = [];
  for (let number = 100; number < 151; number++) {
    const { value } = await newApiKey(instance.clients, projectId, { name: `Numbered ${number}`, ownerId: "alice" });
    values.push(value);
  }
  const { value: another } = await newApiKey(instance.clients, projectId, { ownerId: "bob" });
  await Promise.all([values[0], values[50], values[50], another].map((key) => verdictOf(instance, key ?? "")));
  await counted(instance, projectId, 4);
  const { page, complaints } = await visitPortal(browser, instance, projectId);
  const names = () => page.getByRole("table", { name: "Keys" }).getByRole("rowheader").allTextContents();
  await expect.poll(async () => (await names()).length).toBe(50);
  await page.getByText("Calls: 3 accepted, 0 refused.").waitFor();
  await page.getByLabel("Key", { exact: true }).selectOption("Numbered 150");
  await page.getByText("Calls: 2 accepted, 0 refused.").waitFor();
  await page.getByLabel("Key", { exact: true }).selectOption("Numbered 149");
  await page.getByText("No call in this time.").waitFor();
  await page.getByLabel("Key", { exact: true }).selectOption("All keys");
  await page.getByLabel("Time").selectOption("Last 24 hours");
  await page.getByRole("columnheader", { name: "Hour (UTC)" }).waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(names).toEqual(["Numbered 100"]);
  expect(complaints()).toEqual([]);
});

test("whoever is signed in to the console is an owner here all the same", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, complaints } = await visitAs(browser, instance, UserRole.OWNER);
  await page.goto(await newLink(instance, projectId));
  await page.getByText("No key yet").waitFor();
  await createKey(page, "Laptop");
  await takeValue(page);
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  expect(complaints()).toEqual([]);
});

test("a value that a key was given by its policy is claimed by its owner, who may rotate keys", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, {
    rotationPolicy: { every: durationFromMs(30 * dayMs), grace: durationFromMs(dayMs) },
  });
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop", ownerId: "alice" });
  const { page, complaints } = await visitPortal(browser, instance, projectId);
  const claim = async () => {
    await page.getByRole("button", { name: "New value Laptop" }).press("Enter");
    await pressInDialog(page, "Claim");
  };
  await claim();
  await page.getByRole("dialog").getByText("No new value waits").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await letRotate(instance, id);
  await claim();
  const next = await takeValue(page);
  await page.getByText("The new value is claimed. The value before works until").waitFor();
  expect([await verdictOf(instance, value), await verdictOf(instance, next)]).toEqual([
    VerificationCode.VALID,
    VerificationCode.VALID,
  ]);
  const reader = await visitPortal(browser, instance, projectId, {
    session: { permissions: [PortalPermission.READ] },
  });
  await reader.page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  expect(await reader.page.getByRole("button", { name: "New value Laptop" }).count()).toBe(0);
  expect(complaints().filter((text) => !text.includes("status of 404"))).toEqual([]);
});
