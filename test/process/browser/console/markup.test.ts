import { sql } from "kysely";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { signIn } from "../../../rules/sign_in/people.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { usedFrom } from "../sources.js";
import { codes, used } from "../usage.js";
import { visitAs } from "./browser.js";

/** Short enough for every field that takes it. */
const markup = "<img src=x onerror=hit=1>";
const longer = `"'>${markup}<script>hit=1</script><a href="javascript:hit=1">x</a>{{hit=1}}`;

test("whatever names, owners, metadata and addresses hold is text wherever it is shown", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: markup });
  const { id, value } = await newApiKey(instance.clients, projectId, {
    ownerId: longer,
    metadata: { [longer]: longer, nested: { list: [longer] }, __proto__: null },
  });
  const { page, person, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    projectIds: [projectId],
  });
  await instance.clients.users.updateUser({ userId: person.id, displayName: longer });

  await page.goto(`${instance.url}/console/projects`);
  await page.getByRole("link", { name: markup }).waitFor();
  await page.getByRole("button", { name: `Account of ${longer}` }).click();
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/projects/${projectId}`);
  await page.getByRole("heading", { name: markup }).waitFor();
  await page.getByRole("cell", { name: longer }).waitFor();
  expect(await page.title()).toBe(`${markup} · Altalune`);
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByText(JSON.stringify(longer)).first().waitFor();
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/new`);
  await page.getByRole("link", { name: markup }).waitFor();
  await page.getByLabel("Name").fill(markup);
  await page.getByRole("combobox", { name: "Scopes" }).fill(markup);
  await page.getByLabel("Metadata").fill(JSON.stringify({ [longer]: longer }));
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("alert").waitFor();
  await expectNoMarkup(page);

  await page.goto(`${instance.url}/console/projects/${projectId}/explorer`);
  await page.getByLabel("Key", { exact: true }).fill(value);
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText(JSON.stringify(longer)).first().waitFor();
  await page.locator("dl").getByText(longer, { exact: true }).waitFor();
  await expectNoMarkup(page);
  await page.getByLabel("Key", { exact: true }).fill(longer);
  await page.getByLabel("Cost").fill(longer);
  await page.getByRole("combobox", { name: "Scopes" }).fill(markup);
  await page.keyboard.press("Enter");
  for (const language of ["curl", "TypeScript", "Python", "Go"]) {
    await page.getByRole("tab", { name: language }).click();
    await page.locator("pre", { hasText: "onerror=hit=1" }).waitFor();
    await expectNoMarkup(page);
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "What to look for" }).fill(markup);
  await page.getByRole("option", { name: markup }).first().waitFor();
  await expectNoMarkup(page);

  const query = new URLSearchParams({ keyword: longer, owner: longer, status: longer, sort: "__proto__" });
  await page.goto(`${instance.url}/console/projects/${projectId}?${query}`);
  await page.getByText("Nothing matches.").waitFor();
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/projects/${encodeURIComponent(longer)}/keys/${encodeURIComponent(longer)}`);
  await page.getByRole("alert").waitFor();
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/tiers?keyword=${encodeURIComponent(longer)}`);
  await page.getByText("Nothing matches.").waitFor();
  await expectNoMarkup(page);
  // Of the policy nothing was tried, either.
  expect(complaints()).toEqual([]);
});

test("whatever trails and usage hold is text wherever it is shown", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: markup });
  const { id, value } = await newApiKey(instance.clients, projectId, { ownerId: longer });
  await used(instance, id, 1, 7, codes.valid);
  await usedFrom(instance, { projectId, id, value }, { sourceIp: "203.0.113.9", userAgent: longer });
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, { projectIds: [projectId] });
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByRole("button", { name: "api_key.created" }).click();
  await page.getByText("What changed").waitFor();
  await page.getByRole("rowheader", { name: longer }).waitFor();
  await expectNoMarkup(page);
  const choices = new URLSearchParams({ period: longer, sources: "__proto__" });
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}?${choices}`);
  await page.getByRole("rowheader", { name: longer }).waitFor();
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/projects/${projectId}/usage?period=${encodeURIComponent(longer)}`);
  await page.getByRole("heading", { name: `Usage of ${markup}` }).waitFor();
  await page.getByRole("table", { name: "Keys used most" }).waitFor();
  await expectNoMarkup(page);
  const narrowed = new URLSearchParams({
    keyword: longer,
    actor: longer,
    action: longer,
    resource: longer,
    request: longer,
  });
  await page.goto(`${instance.url}/console/projects/${projectId}/trail?${narrowed}`);
  await page.getByText("No event matches").waitFor();
  await expectNoMarkup(page);
  await page.getByRole("button", { name: "Check the chain" }).click();
  await page.getByLabel("Head from before").fill(JSON.stringify({ projectId, headHash: longer }));
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("This is no head.").waitFor();
  await expectNoMarkup(page);
  // Whoever writes to the database may have written anything.
  await sql`
    update altalune_audit_events set actor = ${longer}, action = ${longer}, resource_id = ${longer}, request_id = ${longer},
      source_ip = ${longer}, detail = ${JSON.stringify({ [longer]: longer })}::jsonb
    where resource_id = ${projectId}
  `.execute(instance.db);
  await page.goto(`${instance.url}/console/projects/${projectId}/trail`);
  await page.getByRole("table").getByRole("button", { name: longer }).click();
  await page.getByText("What changed").waitFor();
  await expectNoMarkup(page);
  expect(complaints()).toEqual([]);
});

test("whatever settings, accounts and users hold is text wherever it is shown", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  // Unlike those of the other tests: of one name there would be several to choose from.
  const named = `${markup}.`;
  const projectId = await newProject(instance.clients, { name: named });
  const { page, person, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    projectIds: [projectId],
  });
  await instance.clients.users.updateUser({ userId: person.id, displayName: longer });
  const admin = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/settings`,
    projectIds: [projectId],
  });
  await admin.page.getByRole("button", { name: "Add an issuer" }).click();
  const issuer = admin.page.getByRole("group", { name: "Issuer 1" });
  await issuer.getByLabel("Issuer", { exact: true }).fill(longer);
  await issuer.getByLabel("Audience").fill(longer);
  await issuer.getByLabel("Address of its keys").fill(longer);
  await issuer.getByLabel("Claim that names the owner").fill(longer);
  await issuer.getByRole("combobox", { name: "Algorithms" }).fill(markup);
  await admin.page.getByRole("combobox", { name: "Scopes that owners may give" }).fill(markup);
  await admin.page.getByRole("combobox", { name: "Origins of your pages" }).fill(markup);
  await admin.page.getByLabel("Color").fill(longer);
  const look = admin.page.getByRole("group", { name: "Look of the portal" });
  await look.getByLabel("Name").fill(markup);
  await admin.page.getByRole("figure").getByText(markup).waitFor();
  await admin.page.getByRole("button", { name: "Save owners' access" }).click();
  await admin.page.getByRole("alert").waitFor();
  await expectNoMarkup(admin.page);
  await admin.page.getByRole("button", { name: "Delete project" }).click();
  await admin.page.getByRole("dialog").getByText(`Type: ${named}`).waitFor();
  await expectNoMarkup(admin.page);
  expect(admin.complaints()).toEqual([]);

  await signIn(instance, person, { headers: { "user-agent": markup } });
  await page.goto(`${instance.url}/console/account`);
  await page.getByRole("heading", { name: longer }).waitFor();
  await page.getByRole("rowheader", { name: markup }).waitFor();
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByLabel("Name (optional)").fill(markup);
  await page.getByLabel("Your password").fill(longer);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await expectNoMarkup(page);

  const owner = await visitAs(browser, instance, UserRole.OWNER, { path: "/console/users" });
  await owner.page.getByRole("main").getByRole("link", { name: longer }).first().waitFor();
  await expectNoMarkup(owner.page);
  await owner.page.goto(`${instance.url}/console/users/${person.id}`);
  await owner.page.getByRole("heading", { name: longer }).waitFor();
  await owner.page.getByText(named, { exact: true }).locator("visible=true").first().waitFor();
  await owner.page.getByRole("button", { name: "Delete" }).click();
  await owner.page.getByRole("dialog").getByText(`Delete ${longer}`).waitFor();
  await expectNoMarkup(owner.page);
  await owner.page.goto(`${instance.url}/console/users/invite`);
  await owner.page.getByLabel("Email").fill(longer);
  await owner.page.getByRole("combobox", { name: "Projects" }).fill("<img");
  await owner.page.getByRole("option", { name: named }).waitFor();
  await owner.page.getByRole("combobox", { name: "Projects" }).press("Tab");
  await owner.page.getByRole("button", { name: "Make the invitation" }).click();
  await owner.page.getByRole("alert").waitFor();
  await expectNoMarkup(owner.page);
  const wanted = new URLSearchParams({ keyword: `${longer}!`, role: longer, sort: "__proto__" });
  await owner.page.goto(`${instance.url}/console/users?${wanted}`);
  await owner.page.getByText("Nothing matches.").waitFor();
  await owner.page.goto(`${instance.url}/console/users/${encodeURIComponent(longer)}`);
  await owner.page.getByRole("alert").waitFor();
  await expectNoMarkup(owner.page);
  expect(owner.complaints()).toEqual([]);
  // Of the policy nothing was tried, either.
  expect(complaints()).toEqual([]);
});

test("whatever webhooks, deliveries, rotation and reports hold is text wherever it is shown", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  // Unlike those of the other tests.
  const named = `${markup}!`;
  const projectId = await newProject(instance.clients, { name: named });
  // Of what its rule lets through.
  const url = `https://hooks.invalid/"'><img/src=x/onerror=hit=1>?<script>hit=1</script>{{hit=1}}`;
  const { webhook } = await instance.clients.webhooks.createWebhook({ projectId, url, description: longer });
  const webhookId = webhook?.id ?? "";
  const { delivery } = await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/webhooks`,
    projectIds: [projectId],
  });
  await page.getByRole("heading", { name: `Webhooks of ${named}` }).waitFor();
  await page.getByRole("cell", { name: longer }).waitFor();
  await expectNoMarkup(page);
  // Whoever writes to the database may have written anything.
  await sql`
    update altalune_events set type = ${longer}, resource_id = ${longer}, detail = ${JSON.stringify({ [longer]: longer })}::jsonb
    where public_id = ${delivery?.eventId ?? ""}
  `.execute(instance.db);
  await sql`
    update altalune_webhook_deliveries set last_error = ${longer} where event_id = ${delivery?.eventId ?? ""}
  `.execute(instance.db);
  await page.getByRole("link", { name: url }).click();
  await page.getByRole("heading", { name: "Webhook to hooks.invalid" }).waitFor();
  await page.getByRole("table").getByRole("button", { name: longer, exact: true }).click();
  await page.getByText("What is sent").waitFor();
  await expectNoMarkup(page);
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Events" }).fill(markup);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByLabel("URL").fill(longer);
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  await expectNoMarkup(page);
  const narrowed = new URLSearchParams({ state: longer, type: longer });
  await page.goto(`${instance.url}/console/projects/${projectId}/webhooks/${webhookId}?${narrowed}`);
  await page.getByText(url, { exact: true }).waitFor();
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/projects/${projectId}/webhooks?keyword=${encodeURIComponent(longer)}!`);
  await page.getByText("Nothing matches.").waitFor();
  await expectNoMarkup(page);
  await page.goto(`${instance.url}/console/projects/${projectId}/webhooks/${encodeURIComponent(longer)}`);
  await page.getByRole("alert").waitFor();
  await expectNoMarkup(page);

  const { id, value } = await newApiKey(instance.clients, projectId);
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByRole("button", { name: "Set a policy" }).click();
  await page.getByRole("textbox", { name: "A value is in force for" }).fill(longer);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  await expectNoMarkup(page);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Report as exposed" }).click();
  await page.getByLabel("Value that was found").fill(longer);
  await page.getByRole("button", { name: "Report", exact: true }).click();
  await page.getByText("This is no value of this key").waitFor();
  await page.getByLabel("Value that was found").fill(value);
  await page.getByLabel("Who has found it").fill(markup);
  await page.getByLabel("Where").fill(longer);
  await page.getByRole("button", { name: "Report", exact: true }).click();
  await page.getByText("The report is noted").waitFor();
  await page.getByRole("button", { name: "api_key.exposed" }).click();
  await page.getByText(JSON.stringify(longer)).first().waitFor();
  await expectNoMarkup(page);
  // Of the policy nothing was tried, either.
  expect(complaints()).toEqual([]);
});

async function expectNoMarkup(page: Page): Promise<void> {
  expect(await page.locator("img, iframe, [onerror], a[href^='javascript:'], body script").count()).toBe(0);
  expect(await page.evaluate(() => "hit" in globalThis)).toBe(false);
}
