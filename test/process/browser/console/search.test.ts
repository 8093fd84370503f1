import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { takeValue } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { narrow, visitAs } from "./browser.js";

test("by keyboard alone projects, keys and pages are found and gone to", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { clients } = instance;
  const projectId = await newProject(clients, { name: "Zebra API", keyPrefix: "zeb_" });
  const { id, value } = await newApiKey(clients, projectId, { name: "Stripes" });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, { projectIds: [projectId] });
  const dialog = page.getByRole("dialog", { name: "Search" });
  const look = async (text: string, shortcut = "Control+k") => {
    await page.keyboard.press(shortcut);
    await dialog.getByRole("combobox").waitFor();
    await expect.poll(() => dialog.getByRole("combobox").evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.type(text);
  };
  const goBack = async () => {
    await page.goto(`${instance.url}/console/tiers`);
    await page.getByRole("heading", { name: "Tiers" }).waitFor();
  };

  await page.getByRole("heading", { name: "Projects" }).waitFor();
  await look("zebr");
  await dialog.getByRole("option", { name: "Zebra API" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Zebra API" }).waitFor();
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Zebra API");

  await look("", "Meta+k");
  await dialog.getByRole("option", { name: /Try a key/ }).waitFor();
  const before = (await dialog.getByRole("option").allTextContents()).findIndex((name) => name.startsWith("Try a key"));
  for (let i = 0; i < before; i++) {
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Try a key" }).waitFor();

  const { keyPrefix = "" } = (await clients.apiKeys.getApiKey({ projectId, apiKeyId: id })).apiKey ?? {};
  for (const text of ["Strip", id, keyPrefix, value]) {
    await goBack();
    await look(text);
    await dialog.getByRole("option", { name: /^Stripes/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Stripes" }).waitFor();
  }

  await look("no such thing");
  await dialog.getByText("Nothing matches.").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await look("tie");
  await dialog.getByRole("option", { name: "Tiers" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Tiers" }).waitFor();
  expect(complaints()).toEqual([]);
});

test("a value that is looked for is sent to nobody: its digest is", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId, { name: "Found" });
  const { page, context } = await visitAs(browser, instance, UserRole.VIEWER);
  const sent: string[] = [];
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("combobox").fill(value);
  await page.getByRole("option", { name: /Found/ }).waitFor();
  expect(sent.some((text) => text.includes("/FindApiKeys"))).toBe(true);
  expect(sent.filter((text) => text.includes(value.slice(-20)))).toEqual([]);
  expect(JSON.stringify(await context.storageState({ indexedDB: true }))).not.toContain(value);
});

test("it is opened by mouse on any screen, and gives the focus back", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  for (const viewport of [undefined, narrow]) {
    const { page } = await visitAs(browser, instance, UserRole.VIEWER, viewport && { viewport });
    const button = page.getByRole("button", { name: "Search" });
    await button.click();
    await page.getByRole("option", { name: "Tiers" }).click();
    await page.getByRole("heading", { name: "Tiers" }).waitFor();
    await button.click();
    await page.getByRole("dialog").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => button.evaluate((one) => one === document.activeElement)).toBe(true);
  }
});

test("nobody finds what they do not reach, and a value that is shown once stays until it is stored", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { clients } = instance;
  const [projectId, other] = [await newProject(clients), await newProject(clients, { name: "Hidden quagga" })];
  const { id } = await newApiKey(clients, other, { name: "Quagga key" });
  const { page } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/new`,
    projectIds: [projectId],
  });
  for (const text of ["quagga", id]) {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "What to look for" }).fill(text);
    await page.getByText("Nothing matches.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByLabel("Value of the key").waitFor();
  await page.keyboard.press("Control+k");
  expect(await page.getByRole("dialog").count()).toBe(1);
  await takeValue(page);
});
