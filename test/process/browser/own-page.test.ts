import { expect } from "vitest";
import { newRootKey } from "../../rules/authority/root-keys.js";
import { newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { running } from "../sdk/running.js";
import { launchBrowser } from "./launch.js";

test("in the example of a page of one's own an owner makes, rotates and revokes a key", async ({ instance, skip }) => {
  const projectId = await newProject(instance.clients, { name: "Orders API" });
  const { value: portalKey } = await newRootKey(instance, { scopes: ["portal:write"], projects: [projectId] });
  const env = { ALTALUNE: instance.url, PORTAL_KEY: portalKey, PROJECT_ID: projectId };
  await using backend = await running({ command: "node", args: ["server.js"], cwd: "examples/own-page", env });
  await using browser = await launchBrowser(skip);
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));

  // Without its origin among the project's, the page is let do nothing.
  await page.goto(backend.url);
  await page.getByRole("button", { name: "My API keys" }).click();
  await page.getByText("Failed to fetch").waitFor();

  await instance.clients.projects.updateProject({ projectId, ownerAccess: { origins: [backend.url] } });
  const isGood = async (key: string) => (await instance.clients.verification.verifyApiKey({ key })).valid;
  const shownValue = async (before = "") => {
    const value = page.locator("#value");
    await expect.poll(() => value.textContent()).not.toContain(before || "nothing yet");
    return /sk-\w+/.exec((await value.textContent()) ?? "")?.[0] ?? "";
  };
  // What a browser was told of a preflight, the server remembers for a moment as well.
  await expect
    .poll(
      async () => {
        await page.goto(backend.url);
        await page.getByRole("button", { name: "My API keys" }).click();
        await page.waitForURL(`${backend.url}/keys`);
        return page.locator("#title").textContent();
      },
      { timeout: 20_000, interval: 1_000 },
    )
    .toBe("API keys of Orders API");
  expect(page.url()).toBe(`${backend.url}/keys`);

  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("cell", { name: "Laptop" }).waitFor();
  const first = await shownValue();
  expect(await isGood(first)).toBe(true);

  await page.getByRole("button", { name: "Rotate" }).click();
  const second = await shownValue(first);
  expect([await isGood(first), await isGood(second)]).toEqual([true, true]);

  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("cell", { name: "Laptop" }).waitFor({ state: "detached" });
  expect([await isGood(first), await isGood(second)]).toEqual([false, false]);
  expect(faults).toEqual([]);
});
