import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { expireKey } from "../../support/expire.js";
import { dayMs, newApiKey } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";
import { faultsOf } from "./axe.js";
import { takeValue, verdictOf } from "./keys.js";
import { launchBrowser } from "./launch.js";
import { answerOf, bundleTeam, holdUp, loseAnswer, show, type TeamScripts, visitTeam } from "./team-page.js";

let scripts: TeamScripts;
test.beforeAll(async ({ instance }) => {
  scripts = await bundleTeam(instance.url);
}, 240_000);

test("on a page of another origin the component of the SDK's README makes, renames, rotates and revokes a user's keys", {
  timeout: 120_000,
}, async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, complaints, projectId } = await visitTeam(browser, instance, scripts);
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

  await page.getByRole("button", { name: "Rename Laptop" }).click();
  await page.getByLabel("Another name").fill("Desktop/1");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("name").waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.getByLabel("Another name").fill("Desktop");
  await page.keyboard.press("Enter");
  await page.getByRole("rowheader", { name: "Desktop" }).waitFor();

  await page.getByRole("button", { name: "Rotate Desktop" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Rotate Desktop" }).click();
  await page.getByRole("button", { name: "Yes" }).click();
  const second = await value.inputValue();
  await page.getByRole("button", { name: "I have stored it" }).click();
  expect(second).not.toBe(first);
  expect([await verdictOf(instance, first), await verdictOf(instance, second)]).toEqual([
    VerificationCode.VALID,
    VerificationCode.VALID,
  ]);

  await page.getByRole("button", { name: "Revoke Desktop" }).click();
  await page.getByText("Revoke it for good?").waitFor();
  expect(await verdictOf(instance, second)).toBe(VerificationCode.VALID);
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByRole("cell", { name: "Revoked" }).waitFor();
  expect(await verdictOf(instance, second)).toBe(VerificationCode.REVOKED);
  expect(await faultsOf(page)).toEqual([]);
  const { data } = await instance.clients.apiKeys.queryApiKeys({ projectId });
  expect(data).toMatchObject([
    { name: "Desktop", ownerId: "alice", scopes: ["orders:read"], revocationReason: RevocationReason.NO_LONGER_NEEDED },
  ]);
  // The policy of the page lets nothing be written into it, and nothing was tried but what the server refused.
  expect(complaints.filter((text) => !/status of 400/.test(text))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
  expect(JSON.stringify(await page.context().storageState({ indexedDB: true }))).not.toContain("alt_portal_");
});

test("a token that ends, one that allows less, and a page of no origin of the project's are told so", {
  timeout: 120_000,
}, async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const ended = await visitTeam(browser, instance, scripts);
  await ended.page.getByText("You have no key yet.").waitFor();
  await instance.clients.portal.endPortalSessions({ projectId: ended.projectId, ownerId: "alice" });
  await ended.page.getByLabel("Name of the new key").fill("Laptop");
  await ended.page.keyboard.press("Enter");
  await ended.page.getByRole("alert").getByText("Your session here has ended.").waitFor();

  const reader = await visitTeam(browser, instance, scripts, { permissions: [PortalPermission.READ] });
  await reader.page.getByLabel("Name of the new key").fill("Laptop");
  await reader.page.keyboard.press("Enter");
  await reader.page.getByRole("alert").waitFor();
  expect((await instance.clients.apiKeys.queryApiKeys({ projectId: reader.projectId })).data).toEqual([]);

  const stranger = await visitTeam(browser, instance, scripts, { isListed: false });
  await stranger.page.getByRole("alert").getByText("The server does not answer.").waitFor();
});

test("a rotation whose answer was lost is done once when it is tried again, and the value in use goes on working", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, projectId } = await visitTeam(browser, instance, scripts);
  const first = await createKey(page, "Laptop");
  await loseAnswer(page, "RotateMyApiKey");
  await page.getByRole("button", { name: "Rotate Laptop" }).click();
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByRole("alert").getByText("The server does not answer. Try again.").waitFor();
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByText("the answer with its value was lost").waitFor();
  expect(await verdictOf(instance, first)).toBe(VerificationCode.VALID);
  expect(await rotationsIn(instance, projectId)).toBe(1);

  // Another one is another: it ends the value in use, and says so before.
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("button", { name: "Rotate Laptop" }).click();
  await page.getByText("The one before it, which still works, ends at once.").waitFor();
  await page.getByRole("button", { name: "Yes" }).click();
  const last = await takeValue(page);
  expect([await verdictOf(instance, first), await verdictOf(instance, last)]).toEqual([
    VerificationCode.NOT_FOUND,
    VerificationCode.VALID,
  ]);
  expect(await rotationsIn(instance, projectId)).toBe(2);
});

test("an expired key gets another end with its value where the page offers lifetimes, and a new key the chosen one", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, projectId } = await visitTeam(browser, instance, scripts, { script: "shown" });
  const { id: apiKeyId } = await newApiKey(instance.clients, projectId, { name: "Old", ownerId: "alice" });
  await expireKey(instance.db, apiKeyId);
  const token = await newPortalToken(instance, projectId, "alice");
  const daysLeft = async (name: string) => {
    const { data } = await instance.clients.apiKeys.queryApiKeys({ projectId });
    const expiration = data.find((apiKey) => apiKey.name === name)?.expiration;
    return expiration === undefined ? undefined : Math.round((timestampMs(expiration) - Date.now()) / dayMs);
  };
  await show(page, { token });
  await page.getByRole("button", { name: "Revoke Old" }).waitFor();
  expect(await page.getByRole("button", { name: "Rotate Old" }).count()).toBe(0);

  await show(page, { token, lifetimes: [30, 7] });
  await loseAnswer(page, "RotateMyApiKey");
  await page.getByRole("button", { name: "Rotate Old" }).click();
  await page.getByText("It has expired. Give it a new value and another end?").waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByRole("alert").waitFor();
  // The same once more, with the end that it was asked for first.
  await page.getByRole("button", { name: "Yes" }).click();
  await page.getByText("the answer with its value was lost").waitFor();
  expect([await rotationsIn(instance, projectId), await daysLeft("Old")]).toEqual([1, 30]);
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("button", { name: "Rotate Old" }).click();
  await page.getByRole("button", { name: "Yes" }).click();
  expect(await verdictOf(instance, await takeValue(page))).toBe(VerificationCode.VALID);

  expect(await page.getByLabel("Good for").locator("option").allTextContents()).toEqual(["30 days", "7 days"]);
  await page.getByLabel("Good for").selectOption("7 days");
  await createKey(page, "Week");
  await createKey(page, "Month");
  expect([await daysLeft("Week"), await daysLeft("Month")]).toEqual([7, 30]);
});

test("with another's token nothing of the owner before is shown, and with a renewed one the value still is", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, projectId } = await visitTeam(browser, instance, scripts, { script: "shown" });
  await newApiKey(instance.clients, projectId, { name: "Of bob", ownerId: "bob" });
  const tokenOf = (ownerId: string) => newPortalToken(instance, projectId, ownerId);
  const [alice, renewed, bob] = [await tokenOf("alice"), await tokenOf("alice"), await tokenOf("bob")];
  const value = page.getByLabel("Value of the key");
  const names = () => page.getByRole("rowheader").allTextContents();
  /** Another token, and what the server says of a value that is still shown. */
  const replace = async (token: string) => {
    await Promise.all([answerOf(page, "GetMyApiKey"), show(page, { token })]);
  };

  await show(page, { token: alice });
  await page.getByLabel("Name of the new key").fill("Laptop");
  await page.keyboard.press("Enter");
  const made = await value.inputValue();
  await replace(renewed);
  expect(await value.inputValue()).toBe(made);
  expect(await verdictOf(instance, made)).toBe(VerificationCode.VALID);

  await replace(bob);
  await page.getByRole("rowheader", { name: "Of bob" }).waitFor();
  expect(await names()).toEqual(["Of bob"]);
  expect(await page.content()).not.toContain(made);
  await page.locator("button:enabled", { hasText: "Create key" }).waitFor();
  await show(page, { token: alice });
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  expect([await names(), await value.count()]).toEqual([["Laptop"], 0]);

  // What was begun for one, and is answered when another is there.
  const { reached, release } = await holdUp(page, "CreateMyApiKey");
  await page.getByLabel("Name of the new key").fill("Phone");
  await page.keyboard.press("Enter");
  await reached;
  await show(page, { token: bob });
  await page.getByRole("rowheader", { name: "Of bob" }).waitFor();
  await Promise.all([answerOf(page, "GetMyApiKey"), answerOf(page, "QueryMyApiKeys"), release()]);
  await page.locator("button:enabled", { hasText: "Create key" }).waitFor();
  expect([await names(), await value.count(), await page.getByRole("alert").count()]).toEqual([["Of bob"], 0, 0]);
  await createKey(page, "Second of bob");
  expect(await names()).toEqual(["Second of bob", "Of bob"]);
  const { data } = await instance.clients.apiKeys.queryApiKeys({ projectId });
  expect(data.map(({ name, ownerId }) => `${name} ${ownerId}`).sort()).toEqual([
    "Laptop alice",
    "Of bob bob",
    "Phone alice",
    "Second of bob bob",
  ]);
});

test("a change that was done is not told as one that was not where only the list after it is lost", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, projectId } = await visitTeam(browser, instance, scripts, { script: "shown" });
  const reload = page.getByRole("button", { name: "Load the list again" });
  await loseAnswer(page, "QueryMyApiKeys");
  await show(page, { token: await newPortalToken(instance, projectId, "alice") });
  await page.getByRole("alert").getByText("The server does not answer.").waitFor();
  await reload.click();
  await page.getByText("You have no key yet.").waitFor();
  expect([await reload.count(), await page.getByRole("alert").count()]).toEqual([0, 0]);

  await loseAnswer(page, "QueryMyApiKeys");
  await page.getByLabel("Name of the new key").fill("Laptop");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("It is done, but the list could not be loaded").waitFor();
  expect(await page.getByRole("alert").textContent()).not.toContain("Try again");
  expect(await faultsOf(page)).toEqual([]);
  expect(await verdictOf(instance, await takeValue(page))).toBe(VerificationCode.VALID);
  await reload.click();
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

async function createKey(page: Page, name: string): Promise<string> {
  await page.getByLabel("Name of the new key").fill(name);
  await page.getByRole("button", { name: "Create key" }).click();
  const value = await takeValue(page);
  await page.getByRole("rowheader", { name, exact: true }).waitFor();
  return value;
}

async function rotationsIn({ clients }: TestInstance, projectId: string): Promise<number> {
  const filters = { action: { values: ["api_key.rotated"] } };
  return (await clients.audit.queryAuditEvents({ projectId, query: { filters } })).data.length;
}
