import { expect } from "vitest";
import { ApiKeyStatus, RevocationReason } from "../../../../gen/altalune/v1/api_key_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { takeValue, verdictOf } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { visitAs } from "./browser.js";

test("a key is made, its value shown this once and copied; rotated with a grace; and revoked, in force everywhere", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { keyPrefix: "ord_", defaultScopes: ["orders:read"] });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}`,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.getByText("A key lets a client of your API in.").waitFor();
  await page.getByRole("link", { name: "Create key" }).click();
  await page.getByText("Without any it gets those of the project: orders:read").waitFor();
  await page.getByLabel("Name").fill("Laptop/1");
  await page.keyboard.press("Enter");
  await page.getByText("Must be 2 to 50 letters, digits, spaces, - and _.").waitFor();
  await page.getByLabel("Name").fill("Laptop 1");
  await page.getByRole("textbox", { name: "Owner" }).fill("user-7");
  await page.getByLabel("Expires").selectOption("In 30 days");
  await page.getByRole("combobox", { name: "Scopes" }).fill("orders:read,orders:write");
  await page.getByRole("combobox", { name: "Tier" }).selectOption("pro");
  await page.getByLabel("Calls in a minute").fill("60");
  await page.getByRole("button", { name: "Create key" }).click();

  const dialog = page.getByRole("dialog", { name: "Store this key now" });
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  const value = await takeValue(page);
  expect([copied, await verdictOf(instance, value)]).toEqual([value, VerificationCode.VALID]);
  await page.getByRole("heading", { name: "Laptop 1" }).waitFor();
  await page.getByText("60, its own").waitFor();
  await page.getByText("1,000, of tier pro").waitFor();
  const { data } = await instance.clients.apiKeys.queryApiKeys({ projectId });
  expect(data).toMatchObject([
    {
      name: "Laptop 1",
      ownerId: "user-7",
      scopes: ["orders:read", "orders:write"],
      tier: "pro",
      status: ApiKeyStatus.ACTIVE,
    },
  ]);

  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  await page.getByLabel("Grace period").selectOption("1 hour");
  await page.getByRole("dialog").getByRole("button", { name: "Rotate", exact: true }).click();
  const next = await takeValue(page);
  expect(next).not.toBe(value);
  await page.getByText(/The value before works until .* In force everywhere since/).waitFor();
  expect([await verdictOf(instance, value), await verdictOf(instance, next)]).toEqual([
    VerificationCode.VALID,
    VerificationCode.VALID,
  ]);

  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByRole("button", { name: "Revoke for good" }).click();
  await page.getByText("Choose a reason. The trail keeps it.").waitFor();
  await page.getByLabel("Reason").selectOption("Its owner has left");
  await page.getByLabel("Comment").fill("left in May");
  await page.getByRole("button", { name: "Revoke for good" }).click();
  await page.getByText(/The key is revoked\. In force everywhere since .*M\./).waitFor();
  expect([await verdictOf(instance, value), await verdictOf(instance, next)]).toEqual([
    VerificationCode.REVOKED,
    VerificationCode.REVOKED,
  ]);
  await page.getByRole("button", { name: "Rotate", exact: true }).waitFor({ state: "detached" });
  const { apiKey } = await instance.clients.apiKeys.getApiKey({ projectId, apiKeyId: data[0]?.id ?? "" });
  expect(apiKey?.revocationReason).toBe(RevocationReason.OWNER_LEFT);
  expect(complaints()).toEqual([]);
});

test("a value that is stored is nowhere in the page any more: not shown, not kept, not in its memory", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, context } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/new`,
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Create key" }).click();
  const shown = await page.getByLabel("Value of the key").inputValue();
  expect(await memoryOf(page)).toContain(shown);
  await takeValue(page);
  await page.getByRole("heading", { name: "Laptop" }).waitFor();
  expect(await page.content()).not.toContain(shown);
  expect(JSON.stringify(await context.storageState({ indexedDB: true }))).not.toContain(shown);
  expect(asked.filter((url) => url.includes(shown))).toEqual([]);
  await page.getByRole("link", { name: "Projects" }).first().click();
  await page.getByRole("table", { name: "Projects" }).waitFor();
  await expect.poll(async () => (await memoryOf(page)).includes(shown)).toBe(false);
});

test("whoever sends a form again because no answer came has made one key, and is told that its value is lost", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/new`,
  });
  await page.route("**/CreateApiKey", async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("alert").getByText("Altalune does not answer.").waitFor();
  await page.unroute("**/CreateApiKey");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("dialog", { name: "The key is made, its value is lost" }).waitFor();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("heading", { name: "Laptop" }).waitFor();
  const { data } = await instance.clients.apiKeys.queryApiKeys({ projectId });
  expect(data.map(({ name }) => name)).toEqual(["Laptop"]);
});

test("what a rule denies is told in words for whoever works here, and an address that names nothing as well", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { maxKeysPerOwner: 2 });
  await newApiKey(instance.clients, projectId, { name: "Laptop", ownerId: "user-7" });
  const { page } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/new`,
  });
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("textbox", { name: "Owner" }).fill("user-7");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("alert").getByText("This owner has a key of that name already.").waitFor();
  await newApiKey(instance.clients, projectId, { ownerId: "user-7" });
  await page.getByLabel("Name").fill("Phone");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("alert").getByText("as many keys as the project allows").waitFor();
  await page.getByLabel("Expires").selectOption("On a day");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByText("Choose a day.").waitFor();
  await page.getByLabel("Last day").fill("2001-01-01");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByText(/^Must be .*future/).waitFor();
  for (const path of ["no-id", `${projectId}/keys/no-id`, `${projectId}/keys/23456789abcdef`]) {
    await page.goto(`${instance.url}/console/projects/${path}`);
    await page.getByRole("heading", { name: "This cannot be shown" }).waitFor();
    await page.getByRole("alert").getByText("There is no such").waitFor();
  }
});

test("keys are found by status, owner and a part of their name, in any order, and walked by tokens", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  for (let number = 100; number < 151; number++) {
    await newApiKey(instance.clients, projectId, { name: `Numbered ${number}` });
  }
  const { id: revoked } = await newApiKey(instance.clients, projectId, { name: "Another", ownerId: "user-7" });
  await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked, reason: RevocationReason.SUPERSEDED });
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}`,
    projectIds: [projectId],
  });
  const names = () => page.getByRole("rowheader").allTextContents();
  await expect.poll(async () => (await names()).length).toBe(50);
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(names).toEqual(["Numbered 101", "Numbered 100"]);
  await page.getByLabel("Order").selectOption("By name");
  await expect.poll(async () => (await names()).slice(0, 2)).toEqual(["Another", "Numbered 100"]);
  await page.getByLabel("Status").selectOption("Revoked");
  await expect.poll(names).toEqual(["Another"]);
  await page.getByLabel("Status").selectOption("Any");
  await page.getByLabel("Owner").fill("user-7");
  await expect.poll(names).toEqual(["Another"]);
  await page.getByLabel("Search by name").fill("Numb");
  await page.getByText("Nothing matches.").waitFor();
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect.poll(async () => (await names()).length).toBe(50);
  await page.getByRole("link", { name: "Numbered 150" }).click();
  await page.getByRole("heading", { name: "Numbered 150" }).waitFor();
  // A viewer: nothing is offered that would be refused.
  await page.getByRole("button", { name: "api_key.created" }).waitFor();
  expect(await page.getByRole("main").getByRole("button").allTextContents()).toEqual(["api_key.created"]);
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/new`);
  await page.getByRole("table", { name: "Keys" }).waitFor();
  expect(complaints()).toEqual([]);
});
