import type { Page } from "playwright-core";
import { expect } from "vitest";
import { PortalPermission } from "../../../../gen/altalune/v1/portal_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { looking } from "../axe.js";
import { takeValue } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { statusOf, visit, visitAs } from "./browser.js";
import { visitToLook } from "./looking.js";

/** Ids of somebody else's system hold anything: parts of addresses, and what leads elsewhere as one. */
const oddIds = ["..", "team/shop", "a%2Fb c", "#?&=+", '<img src=x onerror=hit=1>"'];

/** What comes of a link to the portal that is asked for without a button. */
async function statusOfLink(page: Page, projectId: string): Promise<number> {
  const asked = { projectId, ownerId: "ada", permissions: [PortalPermission.READ] };
  return statusOf(page, "PortalService/CreatePortalSession", asked);
}

test("owners of the newest keys lead to what each of them holds, whatever their ids are", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: "Orders", maxKeysPerOwner: 5 });
  for (const [i, ownerId] of oddIds.entries()) {
    await newApiKey(instance.clients, projectId, { name: `Key ${i}`, ownerId });
  }
  await newApiKey(instance.clients, projectId, { name: "Nobodys", ownerId: "" });
  const revoked = await newApiKey(instance.clients, projectId, { name: "Ended", ownerId: ".." });
  await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason: 1 });
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}`,
    projectIds: [projectId],
  });
  await page.getByRole("navigation", { name: "Project" }).getByRole("link", { name: "Owners" }).click();
  const links = page.getByRole("main").getByRole("listitem").getByRole("link");
  await links.first().waitFor();
  expect(new Set(await links.allTextContents())).toEqual(new Set(oddIds));
  expect(await page.locator("img, [onerror]").count()).toBe(0);

  for (const [i, ownerId] of oddIds.entries()) {
    await links.getByText(ownerId, { exact: true }).click();
    await page.getByRole("heading", { level: 1, name: ownerId, exact: true }).waitFor();
    await page.getByRole("rowheader", { name: `Key ${i}` }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    await page.getByText("1 of at most 5", { exact: true }).waitFor();
    expect(await page.getByRole("rowheader").count()).toBe(ownerId === ".." ? 2 : 1);
    // It is in the address.
    await page.reload();
    await page.getByRole("rowheader", { name: `Key ${i}` }).waitFor();
    await page.goBack();
  }

  await page.getByLabel("Owner").fill("..");
  await page.keyboard.press("Enter");
  await page.getByRole("rowheader", { name: "Ended" }).waitFor();
  await page.getByLabel("Status").selectOption("Revoked");
  await expect.poll(() => page.getByRole("rowheader").allTextContents()).toEqual(["Ended"]);
  await page.getByLabel("Search by name").fill("no such key");
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect.poll(() => page.getByRole("rowheader").count()).toBe(2);
  await page.getByRole("heading", { level: 1, name: "..", exact: true }).waitFor();
  // A key leads back to its owner.
  await page.getByRole("link", { name: "Ended" }).click();
  await page.getByRole("link", { name: "..", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "..", exact: true }).waitFor();
  expect(complaints()).toEqual([]);
});

test("of many keys the newest tell of owners, and what they leave out is said", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { clients } = instance;
  const projectId = await newProject(clients, { maxKeysPerOwner: 0 });
  const make = (ownerId: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) => newApiKey(clients, projectId, { name: `of ${count} ${i}`, ownerId })),
    );
  await make("ada", 101);
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}/owners`,
  });
  await page.getByRole("heading", { name: "Owners of the newest 100 keys" }).waitFor();
  await page.getByRole("link", { name: "ada" }).click();
  await page.getByText("100 or more", { exact: true }).waitFor();
  await make("", 100);
  await page.goto(`${instance.url}/console/projects/${projectId}/owners`);
  await page.getByText("No owner among the newest keys").waitFor();
  expect(complaints()).toEqual([]);
});

test("a key is made for an owner, who comes to it by a link that is shown once, and may do what was allowed", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: "Orders" });
  await newApiKey(instance.clients, projectId, { name: "Of bob", ownerId: "bob" });
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/owners?owner=ada%2F1`,
  });
  await page.getByText("This owner has no key in this project.").waitFor();
  await page.getByRole("link", { name: "Create key" }).click();
  expect(await page.getByLabel("Owner (optional)").inputValue()).toBe("ada/1");
  // Whoever goes on to make another key makes it for nobody in particular.
  await page.keyboard.press("Control+k");
  await page.getByRole("option", { name: /Create key/ }).click();
  await expect.poll(() => page.getByLabel("Owner (optional)").inputValue()).toBe("");
  await page.goBack();
  await expect.poll(() => page.getByLabel("Owner (optional)").inputValue()).toBe("ada/1");
  await page.getByLabel("Name").fill("Laptop");
  await page.getByRole("button", { name: "Create key" }).click();
  await takeValue(page);
  await page.getByRole("link", { name: "ada/1" }).click();
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();

  await page.getByRole("button", { name: "Open the portal" }).click();
  const dialog = page.getByRole("dialog", { name: "Open the portal for this owner" });
  for (const may of await dialog.getByRole("checkbox").all()) {
    await may.uncheck();
  }
  await dialog.getByRole("button", { name: "Make the link" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("See their keys").check();
  await dialog.getByRole("textbox", { name: "Their session lasts" }).fill("25");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByRole("textbox", { name: "Their session lasts" }).fill("2");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = await page.getByLabel("Link to the portal").inputValue();
  const code = new URL(link).hash.slice("#code=".length);
  expect(code).toMatch(/^alt_code_\w+/);
  await page.getByRole("button", { name: "I have handed it over" }).click();
  expect(await page.content()).not.toContain(code);
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, history.state, location.href]));
  expect(kept).not.toContain(code);

  const { page: portal } = await visit(browser);
  await portal.goto(link);
  await portal.getByRole("rowheader", { name: "Laptop" }).waitFor();
  expect(await portal.getByRole("rowheader").allTextContents()).toEqual(["Laptop"]);
  expect(await portal.getByRole("button", { name: /Create key|Revoke|Rotate|Rename/ }).count()).toBe(0);

  await page.getByRole("button", { name: "End their sessions" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End their sessions" }).click();
  await page.getByText("1 session ended.").waitFor();
  await portal.reload();
  await portal.getByText(/Ask (there )?for a new link/).waitFor();
  await page.getByRole("button", { name: "End their sessions" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End their sessions" }).click();
  await page.getByText("There was no session to end.").waitFor();
  await page.getByRole("button", { name: "Open the portal" }).click();
  expect(await page.getByText("There was no session to end.").count()).toBe(0);
  expect(complaints()).toEqual([]);
});

test("the value of a key does not come into the address as an owner, and who may not open the portal is not offered to", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId, { ownerId: "" });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/owners`,
    projectIds: [projectId],
  });
  await page.getByText("No owner yet").waitFor();
  await page.getByRole("button", { name: "Show their keys" }).click();
  await page.getByText("Enter the id of an owner.").waitFor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url() + (request.postData() ?? "")));
  await page.getByLabel("Owner").fill(value);
  await page.keyboard.press("Enter");
  await page.getByText("This looks like the value of a key").waitFor();
  expect(page.url()).not.toContain("owner=");
  await page.getByLabel("Owner").fill("bob");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "bob" }).waitFor();
  expect(asked.join()).not.toContain(value);
  expect(await page.getByRole("button", { name: /portal|sessions/ }).count()).toBe(0);
  expect(await statusOfLink(page, projectId)).toBe(403);
  expect(complaints().filter((text) => !text.includes("status of 403"))).toEqual([]);
});

test("who does not reach the project sees nothing of its owners", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  await newApiKey(instance.clients, projectId, { ownerId: "ada" });
  const { page } = await visitAs(browser, instance, UserRole.ADMIN, {
    projectIds: [await newProject(instance.clients)],
  });
  await page.goto(`${instance.url}/console/projects/${projectId}/owners?owner=ada`);
  await page.getByText("There is no such project, or you do not reach it.").waitFor();
  expect(await statusOfLink(page, projectId)).toBe(404);
});

test("owners have nothing that axe finds at fault, and are not cut off", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { found, look } = looking();
  const projectId = await newProject(instance.clients);
  const { page, goTo } = await visitToLook(browser, instance);
  const place = `/console/projects/${projectId}/owners`;
  await goTo(place, /Owners of/);
  await page.getByText("No owner yet").waitFor();
  await look("no owner", page);
  const longId = `${"0123456789abcdef".repeat(7)}:long`;
  await newApiKey(instance.clients, projectId, { ownerId: longId });
  await goTo(place, /Owners of/);
  await page.getByRole("link", { name: longId }).waitFor();
  await look("owners", page);
  await page.getByRole("button", { name: "Show their keys" }).click();
  await page.getByText("Enter the id of an owner.").waitFor();
  await look("no id", page);
  await goTo(`${place}?owner=bob`, "bob");
  await page.getByText("No key here").waitFor();
  await look("an owner without a key", page);
  await goTo(`${place}?owner=${longId}`, longId);
  await page.getByRole("rowheader").first().waitFor();
  await look("an owner", page);
  await page.getByRole("button", { name: "End their sessions" }).click();
  await page.getByRole("dialog").waitFor();
  await look("ending sessions", page);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Open the portal" }).click();
  await page.getByRole("dialog").waitFor();
  await look("opening the portal", page);
  await page.getByRole("button", { name: "Make the link" }).click();
  await page.getByLabel("Link to the portal").waitFor();
  await look("the link", page);
  expect(found).toEqual({});
});
