import { sql } from "kysely";
import { expect } from "vitest";
import { RevocationReason } from "../../../../gen/altalune/v1/api_key_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import type { TestInstance } from "../../../support/instance.js";
import { test } from "../../../support/shared-instance.js";
import { takeValue, verdictOf } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { pressInDialog, visitAs } from "./browser.js";

async function endNow({ db }: TestInstance, id: string): Promise<void> {
  await sql`
    update altalune_project_api_keys set expires_at = altalune_now() - interval '1 second' where public_id = ${id}
  `.execute(db);
}

test("a key is switched off and on again, and it is told from when that holds everywhere", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByRole("button", { name: "Switch off" }).press("Enter");
  await page.getByText("It is refused until it is switched on again.").waitFor();
  // Whoever hits Enter twice has switched nothing off, and is back where they were.
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Switch off");
  expect(await verdictOf(instance, value)).toBe(VerificationCode.VALID);
  await page.keyboard.press("Enter");
  await pressInDialog(page, "Switch off");
  await page.getByText(/The key is off\. In force everywhere since/).waitFor();
  await page.getByText("Switched off").waitFor();
  expect(await verdictOf(instance, value)).toBe(VerificationCode.DISABLED);
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch on" }).click();
  await page.getByText(/The key is on\. In force everywhere since/).waitFor();
  expect(await verdictOf(instance, value)).toBe(VerificationCode.VALID);
  expect(complaints()).toEqual([]);
});

test("where a key stands is shown anew while somebody looks, and not asked while nobody does", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { rateLimits: { perDay: 9 } });
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER);
  await page.clock.install();
  let asked = 0;
  page.on("request", (request) => {
    asked += request.url().endsWith("/GetRateLimits") ? 1 : 0;
  });
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByText("9 of 9 left").waitFor();
  await instance.clients.verification.verifyApiKey({ key: value, cost: 4 });
  await page.clock.runFor(10_000);
  await page.getByText("5 of 9 left").waitFor();

  const show = (state: string) =>
    page.evaluate((now) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => now });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }, state);
  await show("hidden");
  await instance.clients.verification.verifyApiKey({ key: value, cost: 2 });
  const before = asked;
  await page.clock.runFor(120_000);
  expect(asked).toBe(before);
  await page.getByText("5 of 9 left").waitFor();
  await show("visible");
  await page.clock.runFor(10_000);
  await page.getByText("3 of 9 left").waitFor();
  expect(complaints()).toEqual([]);
});

test("metadata is checked in the form, and stored with the key", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/new`,
  });
  await page.getByLabel("Name").fill("Laptop");
  const field = page.getByLabel("Metadata");
  for (const text of ['{"plan": gold}', '["gold"]', "null", "7", "{"]) {
    await field.fill(text);
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByText("Enter a JSON object").waitFor();
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.fill("");
    await page.getByText("Enter a JSON object").waitFor({ state: "detached" });
  }
  await field.fill(JSON.stringify({ long: "x".repeat(9000) }));
  await page.getByRole("button", { name: "Create key" }).click();
  await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
  await page.getByText("Some fields need another look.").waitFor();
  expect((await instance.clients.apiKeys.queryApiKeys({ projectId })).data).toEqual([]);
  await field.fill('{"plan": "gold", "seats": [1, 2.5, null]}');
  await page.getByRole("button", { name: "Create key" }).click();
  await takeValue(page);
  await page.getByText('"plan": "gold"').waitFor();
  const { data } = await instance.clients.apiKeys.queryApiKeys({ projectId });
  expect(data.map(({ metadata }) => metadata)).toEqual([{ plan: "gold", seats: [1, 2.5, null] }]);
  expect(complaints()).toEqual([]);
});

test("a key that has expired is rotated with another end, chosen in the form", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  await endNow(instance, id);
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This key has expired").waitFor();
  const rotate = dialog.getByRole("button", { name: "Rotate", exact: true });
  await dialog.getByLabel("Expires").selectOption("On a day");
  await rotate.click();
  await dialog.getByText("Choose a day.").waitFor();
  await dialog.getByLabel("Last day").fill("2001-01-01");
  await rotate.click();
  await dialog.getByText(/^Must be .*future/).waitFor();
  expect(await dialog.getByLabel("Last day").evaluate((field) => field === document.activeElement)).toBe(true);
  await dialog.getByLabel("Expires").selectOption("In 30 days");
  await rotate.click();
  const next = await takeValue(page);
  expect([await verdictOf(instance, value), await verdictOf(instance, next)]).toEqual([
    VerificationCode.EXPIRED,
    VerificationCode.VALID,
  ]);
  expect(complaints()).toEqual([]);
});

test("what is told of a field that the form does not have is said above it", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  // It ends while the dialog is open.
  await endNow(instance, id);
  await page.getByRole("dialog").getByRole("button", { name: "Rotate", exact: true }).click();
  const told = page.getByRole("dialog").getByRole("alert");
  await told.getByText("expiration: Must be set, since the key has expired.").waitFor();
});

test("a key is deleted, also one that is revoked; one that was changed meanwhile stays", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { apiKeys } = instance.clients;
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByRole("button", { name: "Delete" }).click();
  await apiKeys.updateApiKey({ projectId, apiKeyId: id, name: "Phone" });
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByRole("dialog").getByText("Somebody has changed it meanwhile.").waitFor();
  expect(await verdictOf(instance, value)).toBe(VerificationCode.VALID);
  await apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED });
  await page.reload();
  await page.getByText("Another key took its place").waitFor();
  const buttons = await page.getByRole("main").getByRole("button").allTextContents();
  // Its events open by their names.
  expect(buttons.filter((name) => !name.startsWith("api_key."))).toEqual(["Delete"]);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete the key Phone" }).waitFor();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByText(/The key Phone is deleted\. In force everywhere since/).waitFor();
  await page.getByText("No key yet").waitFor();
  // It is said once.
  await page.reload();
  await page.getByText("No key yet").waitFor();
  expect(await page.getByText("is deleted").count()).toBe(0);
  expect((await apiKeys.queryApiKeys({ projectId })).data).toEqual([]);
  expect(await verdictOf(instance, value)).toBe(VerificationCode.NOT_FOUND);
  // That it was changed meanwhile, Chromium tells as well.
  expect(complaints().filter((text) => !text.includes("status of 409"))).toEqual([]);
});
