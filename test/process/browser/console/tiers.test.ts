import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { startTestInstance } from "../../../support/instance.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { visitAs } from "./browser.js";

test("a tier is made by keyboard, changed, kept while a key has it, and deleted", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { tiers } = instance.clients;
  const find = async (keyword: string) => (await tiers.queryTiers({ query: { keyword } })).data;
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Tiers" }).click();
  await page.getByRole("row", { name: /pro/ }).getByText("1,000").waitFor();
  await page.getByRole("link", { name: "Create tier" }).press("Enter");
  await page.getByRole("heading", { name: "Create a tier" }).waitFor();
  await page.getByLabel("Name").fill("Silver Tier");
  await page.keyboard.press("Enter");
  await page.getByText("Must be 1 to 32 characters of a-z, 0-9, _ and -.").waitFor();
  const name = page.getByLabel("Name");
  expect(await name.evaluate((field) => field === document.activeElement)).toBe(true);
  // What is there is not changed unseen.
  await name.fill("pro");
  await page.keyboard.press("Enter");
  await page.getByText("There is a tier of that name.").waitFor();
  expect(await find("pro")).toMatchObject([{ rateLimits: { perMinute: 100, perDay: 1000 } }]);
  // A tier may be called as the page is that makes it.
  await name.fill("new");
  await page.getByLabel("Calls in a minute").fill("many");
  await page.keyboard.press("Enter");
  await page.getByText("Enter a whole number").waitFor();
  expect(await find("new")).toEqual([]);
  await page.getByLabel("Calls in a minute").fill("60");
  await page.keyboard.press("Enter");
  await page.getByText(/The tier new is made\. In force everywhere since/).waitFor();
  const [made] = await find("new");
  expect([made?.rateLimits?.perMinute, made?.rateLimits?.perDay]).toEqual([60, undefined]);

  const projectId = await newProject(instance.clients);
  const { id: apiKeyId } = await newApiKey(instance.clients, projectId, { tier: "new" });
  await page.getByRole("link", { name: "new", exact: true }).click();
  await expect.poll(() => page.getByLabel("Calls in a minute").inputValue()).toBe("60");
  await page.getByLabel("Calls in a minute").fill("90");
  await page.getByLabel("Calls in a day").fill("5000");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The tier new is changed.").waitFor();
  await page.getByRole("row", { name: /new/ }).getByText("5,000").waitFor();
  expect(await find("new")).toMatchObject([{ rateLimits: { perMinute: 90, perDay: 5000 } }]);

  await page.getByRole("link", { name: "new", exact: true }).click();
  await expect.poll(() => page.getByLabel("Calls in a minute").inputValue()).toBe("90");
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByRole("dialog").getByText("Keys have this tier, or a project gives it to new ones.").waitFor();
  expect(await find("new")).toHaveLength(1);
  await instance.clients.apiKeys.deleteApiKey({ projectId, apiKeyId });
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByText(/The tier new is deleted\. In force everywhere since/).waitFor();
  await expect.poll(() => page.getByRole("link", { name: "new", exact: true }).count()).toBe(0);
  expect(await find("new")).toEqual([]);
  await page.goto(`${instance.url}/console/tiers/of/new`);
  await page.getByRole("alert").getByText("There is no such tier.").waitFor();
  expect(complaints()).toEqual([]);
});

test("of two who change a tier at once, the second is told and overwrites nothing", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { tiers } = instance.clients;
  const name = "changed-by-two";
  await tiers.upsertTier({ tier: { name, rateLimits: { perDay: 5 } } });
  const { page } = await visitAs(browser, instance, UserRole.ADMIN, { path: `/console/tiers/of/${name}` });
  const perDay = page.getByLabel("Calls in a day");
  await perDay.fill("7");
  const held = async () => (await tiers.queryTiers({ query: { keyword: name } })).data[0]?.rateLimits?.perDay;
  const asked = page.waitForResponse("**/QueryTiers*");
  await tiers.upsertTier({ tier: { name, rateLimits: { perDay: 9 } } });
  // What is asked for again when somebody comes back to the page is not taken for what is in the form.
  await page.clock.install({ time: Date.now() + 60_000 });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await asked;
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("Somebody has changed it meanwhile.").waitFor();
  expect([await held(), await perDay.inputValue()]).toEqual([9, "7"]);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByRole("dialog").getByText("Somebody has changed it meanwhile.").waitFor();
  expect(await held()).toBe(9);
  await page.reload();
  await expect.poll(() => perDay.inputValue()).toBe("9");
  await perDay.fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(`The tier ${name} is changed.`).waitFor();
  expect(await held()).toBe(7);
});

test("who may not change tiers reads them, and is led away from where they are changed", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  for (const { role, ...reach } of [{ role: UserRole.VIEWER }, { role: UserRole.ADMIN, projectIds: [projectId] }]) {
    const { page, complaints } = await visitAs(browser, instance, role, { path: "/console/tiers", ...reach });
    await page.getByRole("rowheader", { name: "pro" }).waitFor();
    expect(await page.getByRole("table").getByRole("link").count()).toBe(0);
    expect(await page.getByRole("main").getByRole("button").count()).toBe(0);
    expect(await page.getByRole("link", { name: /create/i }).count()).toBe(0);
    for (const path of ["new", "of/pro"]) {
      await page.goto(`${instance.url}/console/tiers/${path}`);
      await page.getByRole("heading", { level: 1, name: "Tiers" }).waitFor();
    }
    expect(complaints()).toEqual([]);
  }
});

test("where there is no tier, it is said what one is", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using own = await startTestInstance();
  for (const { name } of (await own.clients.tiers.queryTiers({})).data) {
    await own.clients.tiers.deleteTier({ name });
  }
  const { page } = await visitAs(browser, own, UserRole.OWNER, { path: "/console/tiers" });
  await page.getByText("A tier is a name for limits that keys share").waitFor();
  const reader = await visitAs(browser, own, UserRole.VIEWER, { path: "/console/tiers" });
  await reader.page.getByText("Your role reads.").waitFor();
});
