import { readFile } from "node:fs/promises";
import { sql } from "kysely";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newTrail } from "../../../rules/audit/trail.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { breakAt } from "../trail.js";
import { inside, pressInDialog, visitAs } from "./browser.js";

const actions = (page: Page) => page.getByRole("table", { name: "Events" }).getByRole("rowheader").allTextContents();

test("a trail is gone to by keyboard, narrowed, searched and ordered, and an event opens to all that is known of it", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { clients } = instance;
  const projectId = await newProject(clients, { name: "Orders API" });
  const { id: apiKeyId } = await newApiKey(clients, projectId, { name: "Laptop" });
  await newApiKey(clients, projectId);
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId, reason: 4, comment: "left in May" });
  const { data: events } = await clients.audit.queryAuditEvents({ projectId });
  const [revoked] = events;
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}`,
  });
  await page.getByRole("navigation", { name: "Project" }).getByRole("link", { name: "Trail" }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Trail of Orders API" }).waitFor();
  await expect
    .poll(() => actions(page))
    .toEqual(["api_key.revoked", "api_key.created", "api_key.created", "project.created"]);

  const event = page.getByRole("button", { name: "api_key.revoked" });
  await event.press("Enter");
  expect(await event.getAttribute("aria-expanded")).toBe("true");
  const facts = page.getByRole("table").locator("dl");
  for (const known of [revoked?.actor, apiKeyId, revoked?.requestId, revoked?.sourceIp, '"left in May"']) {
    await facts
      .getByText(known ?? "")
      .first()
      .waitFor();
  }
  await facts.getByText(Buffer.from(revoked?.hash ?? []).toString("base64")).waitFor();
  await event.press("Enter");
  expect(await facts.count()).toBe(0);
  await event.press("Enter");
  // To all that was done to this key.
  await facts.getByRole("link", { name: apiKeyId }).press("Enter");
  await expect.poll(() => actions(page)).toEqual(["api_key.revoked", "api_key.created"]);
  expect(await page.getByLabel("To what").inputValue()).toBe(apiKeyId);

  await page.getByLabel("Action", { exact: true }).selectOption("api_key.created");
  await expect.poll(() => actions(page)).toEqual(["api_key.created"]);
  await page.getByLabel("To what").fill("");
  await page.getByLabel("Action", { exact: true }).selectOption("Any");
  await page.getByLabel("Order").selectOption("Oldest first");
  await expect.poll(async () => (await actions(page))[0]).toBe("project.created");
  await page.getByLabel("Search by action").fill("REVOKED");
  await expect.poll(() => actions(page)).toEqual(["api_key.revoked"]);
  expect(new URL(page.url()).search).toBe("?sort=oldest&keyword=REVOKED");
  await page.reload();
  await expect.poll(() => actions(page)).toEqual(["api_key.revoked"]);
  await page.getByLabel("Search by action").fill("");
  await page.getByLabel("Request", { exact: true }).fill(revoked?.requestId ?? "");
  await expect.poll(() => actions(page)).toEqual(["api_key.revoked"]);
  await page.getByLabel("By whom").fill("user:nobody");
  await page.getByText("No event matches").waitFor();
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect.poll(async () => (await actions(page)).length).toBe(4);
  expect(complaints()).toEqual([]);
});

test("a trail goes on by tokens", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { projectId } = await newTrail(instance, 51);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: `/console/projects/${projectId}/trail` });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.postData() ?? ""));
  await expect.poll(async () => (await actions(page)).length).toBe(50);
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(() => actions(page)).toEqual(["project.created"]);
  expect(asked.some((body) => body.includes("pageToken"))).toBe(true);
  expect(asked.filter((body) => body.includes('"page"'))).toEqual([]);
});

test("a chain is told whole, its head is exported, and what is done to it afterwards is told by that head and by its place", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const trail = await newTrail(instance, 6);
  const { headHash, headSequence } = await trail.verify();
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${trail.projectId}/trail`,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.getByRole("button", { name: "Export the head" }).press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The chain is whole. Events checked: 6; the last is no. 6.").waitFor();
  await pressInDialog(page, "Copy");
  await dialog.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("link", { name: "Download" }).press("Enter");
  const download = await downloading;
  const path = await download.path();
  expect(download.suggestedFilename()).toBe(`altalune-trail-${trail.projectId}-6.json`);
  expect(await readFile(path, "utf8")).toBe(copied);
  expect(JSON.parse(copied)).toEqual({
    projectId: trail.projectId,
    headSequence: `${headSequence}`,
    headHash: Buffer.from(headHash).toString("base64"),
  });
  await page.keyboard.press("Escape");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Export the head");

  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  const head = dialog.getByLabel("Head from before");
  const check = async (sentence: string | RegExp) => {
    await dialog.getByRole("button", { name: "Check", exact: true }).click();
    await dialog.getByText(sentence).waitFor();
  };
  await check("The chain is whole. Events checked: 6; the last is no. 6.");
  await head.fill("nothing that was exported");
  await check("This is no head.");
  expect(await head.getAttribute("aria-invalid")).toBe("true");
  await head.fill(JSON.stringify({ ...JSON.parse(copied), projectId: "23456789abcdef" }));
  await check("This head is of another trail.");
  await head.fill("");
  await page.locator('input[type="file"]').setInputFiles(path);
  await expect.poll(() => head.inputValue()).toBe(copied);
  await check("It goes on from the head that you gave.");

  // Events are written, and the head is one of the middle.
  await newApiKey(instance.clients, trail.projectId);
  await check("The chain is whole. Events checked: 7; the last is no. 7. It goes on from the head that you gave.");
  // The last two are cut off, and the head is moved back: only the exported one tells.
  const ofTrail = sql`project_id = ${trail.internalId}`;
  await sql`delete from altalune_audit_events where ${ofTrail} and sequence > 5`.execute(instance.db);
  await sql`
    update altalune_audit_heads as head set sequence = event.sequence, hash = event.hash
    from altalune_audit_events as event
    where head.${ofTrail} and event.${ofTrail} and event.sequence = 5
  `.execute(instance.db);
  await check("Each event that is there holds, 5 of them, but your head is not among them");
  await head.fill("");
  await check("The chain is whole. Events checked: 5; the last is no. 5.");
  await sql`update altalune_audit_heads set hash = ${Buffer.alloc(32)} where ${ofTrail}`.execute(instance.db);
  await check("The end of the trail is not where it was");
  await breakAt(instance, trail, 3);
  await check("The chain breaks at no. 3: that event is not as it was written, or not there. Before it, 2 hold.");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Export the head" }).click();
  await dialog.getByText("The chain breaks at no. 3").waitFor();
  expect(await dialog.getByRole("button", { name: "Copy" }).count()).toBe(0);
  expect(complaints()).toEqual([]);
});

test("a long trail is walked to its end, a part after the other, and whoever closes the dialog ends the walk", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const trail = await newTrail(instance, 4);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${trail.projectId}/trail`,
  });
  // Parts of one event, as if each were 100,000.
  await page.route("**/VerifyAuditTrail", async (route) => {
    const asked = route.request().postDataJSON();
    const fromSequence = Number(asked.fromSequence ?? 1) || 1;
    await route.continue({ postData: JSON.stringify({ ...asked, toSequence: `${fromSequence}` }) });
  });
  await page.getByRole("button", { name: "Check the chain" }).click();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("The chain is whole. Events checked: 4; the last is no. 4.").waitFor();
  await page.unroute("**/VerifyAuditTrail");
  await page.route("**/VerifyAuditTrail", () => undefined);
  const ended = page.waitForEvent("requestfailed");
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.keyboard.press("Escape");
  expect((await ended).url()).toContain("VerifyAuditTrail");
});

test("what belongs to no project has a trail, for whoever reaches every project", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN);
  await inside(page).getByRole("link", { name: "Trail" }).click();
  await page.getByRole("heading", { level: 1, name: "Trail of the instance" }).waitFor();
  await page.getByLabel("Action", { exact: true }).selectOption("user.signed_in");
  await expect.poll(async () => new Set(await actions(page))).toEqual(new Set(["user.signed_in"]));
  await page.getByRole("button", { name: "Check the chain" }).click();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("The chain is whole.").waitFor();
  expect(complaints()).toEqual([]);

  const projectId = await newProject(instance.clients);
  const reader = await visitAs(browser, instance, UserRole.ADMIN, { projectIds: [projectId] });
  await inside(reader.page).getByRole("link", { name: "Tiers" }).waitFor();
  expect(await inside(reader.page).getByRole("link", { name: "Trail" }).count()).toBe(0);
  await reader.page.goto(`${instance.url}/console/trail`);
  await reader.page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
  await reader.page.goto(`${instance.url}/console/projects/${projectId}/trail`);
  await reader.page.getByRole("button", { name: "project.created" }).waitFor();
});

test("whoever may not read trails is led away from them", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { projectIds: [] });
  for (const place of ["trail", "usage"]) {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${instance.url}/console/projects/${projectId}/${place}`);
    await page.getByRole("alert").getByText("There is no such project").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/console/projects/${projectId}`);
    expect(asked.filter((url) => /AuditService|UsageService/.test(url))).toEqual([]);
  }
});

test("a key tells what was done to it, what was done here a moment ago too", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId);
  await newApiKey(instance.clients, projectId);
  const { page, person, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByRole("heading", { name: "Its events" }).waitFor();
  await expect.poll(() => actions(page)).toEqual(["api_key.created"]);
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByLabel("Reason").selectOption("Nobody uses it");
  await page.getByRole("button", { name: "Revoke for good" }).click();
  await expect.poll(() => actions(page)).toEqual(["api_key.revoked", "api_key.created"]);
  await page.getByRole("cell", { name: `user:${person.id}` }).waitFor();
  expect(complaints()).toEqual([]);
});
