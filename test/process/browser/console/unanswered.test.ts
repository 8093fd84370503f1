import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { visitAs } from "./browser.js";

/** Until it is taken back, no answer of this rpc comes. */
async function cutOff(page: Page, rpc: string): Promise<() => Promise<void>> {
  await page.route(`**/${rpc}`, (route) => route.abort("connectionreset"));
  return () => page.unroute(`**/${rpc}`);
}

async function tryAgain(page: Page): Promise<void> {
  await page.getByRole("alert").getByText("Altalune does not answer.").waitFor();
  await page.getByRole("button", { name: "Try again" }).click();
}

test("a field whose choices do not come says so in its place, and is there after another try", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: "Zebra API" });
  const { page } = await visitAs(browser, instance, UserRole.OWNER);
  const ofTiers = await cutOff(page, "QueryTiers");
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/new`);
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("combobox", { name: "Tier" }).count()).toBe(0);
  await ofTiers();
  await tryAgain(page);
  await page.getByRole("combobox", { name: "Tier" }).selectOption("pro");
  await page.getByRole("alert").waitFor({ state: "detached" });

  const ofProjects = await cutOff(page, "QueryProjects");
  await page.goto(`${instance.url}/console/users/invite`);
  await page.getByRole("alert").waitFor();
  await ofProjects();
  await tryAgain(page);
  await page.getByRole("alert").waitFor({ state: "detached" });
  await page.getByRole("combobox", { name: "Projects" }).fill("zebra");
  await page.getByRole("option", { name: "Zebra API" }).first().waitFor();
});

test("where a key stands in its limits is said not to be known, until it is", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId, { tier: "pro" });
  const { page } = await visitAs(browser, instance, UserRole.VIEWER);
  const ofLimits = await cutOff(page, "GetRateLimits");
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByText("100, of tier pro").waitFor();
  await page.getByRole("alert").getByText("Altalune does not answer.").waitFor();
  await ofLimits();
  // Without another try as well: it is asked all the time.
  await page.getByText("100 of 100 left").waitFor();
  await page.getByRole("alert").waitFor({ state: "detached" });

  const ofTiers = await cutOff(page, "QueryTiers");
  await page.reload();
  await page.getByText("as tier pro says").first().waitFor();
  await page.getByRole("alert").waitFor();
  await ofTiers();
  await tryAgain(page);
  await page.getByText("100, of tier pro").waitFor();
  await page.getByRole("alert").waitFor({ state: "detached" });
});

test("a list that could not be asked for anew is shown as it was, and said to be so", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id: apiKeyId } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page } = await visitAs(browser, instance, UserRole.VIEWER);
  await page.clock.install();
  await page.goto(`${instance.url}/console/projects/${projectId}`);
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  const back = await cutOff(page, "QueryApiKeys");
  await instance.clients.apiKeys.updateApiKey({ projectId, apiKeyId, name: "Phone" });
  await page.clock.runFor(10_000);
  // Somebody comes back to the page.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("rowheader").allTextContents()).toEqual(["Laptop"]);
  await back();
  await tryAgain(page);
  await page.getByRole("rowheader", { name: "Phone" }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

test("a search that finds nothing because nobody answers says so", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: "/console/tiers" });
  await cutOff(page, "QueryProjects");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("no such thing");
  await page.getByRole("dialog").getByText("Altalune does not answer.").waitFor();
});
