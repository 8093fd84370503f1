import { expect } from "vitest";
import { operations, tags } from "../../rules/docs/openapi.js";
import { test } from "../../support/shared-instance.js";
import { complaintsOf } from "./complaints.js";
import { launchBrowser } from "./launch.js";

test("/docs shows every operation in a real browser, which has nothing to complain of, and one can be tried", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${instance.url}/docs`);
  await page.waitForSelector(".opblock");
  expect(await page.locator(".opblock").count()).toBe(operations.length);
  expect(await page.locator(".opblock-tag").count()).toBe(tags.length);

  await page.getByRole("button", { name: "Authorize" }).click();
  const authorization = page.locator(".auth-container", { hasText: "rootKey" });
  await authorization.locator("input").fill(instance.rootKey);
  await authorization.locator(".authorize").click();
  await authorization.locator(".btn-done").click();
  await page.locator("#operations-Tiers-queryTiers .opblock-summary-control").click();
  await page.locator("#operations-Tiers-queryTiers .try-out__btn").click();
  await page.locator("#operations-Tiers-queryTiers .execute").click();
  const status = page.locator("#operations-Tiers-queryTiers .live-responses-table .response-col_status").last();
  await expect.poll(() => status.textContent()).toContain("200");

  expect(complaints).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(`${instance.url}/`) && !url.startsWith("data:"))).toEqual([]);
  expect(asked.filter((url) => url.includes(instance.rootKey))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
  expect(JSON.stringify(await page.context().storageState())).not.toContain(instance.rootKey);
});
