import { sql } from "kysely";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { codes, used } from "../usage.js";
import { launchBrowser, visitAs } from "./browser.js";

/** Short enough for every field that takes it. */
const markup = "<img src=x onerror=hit=1>";
const longer = `"'>${markup}<script>hit=1</script><a href="javascript:hit=1">x</a>{{hit=1}}`;

test("whatever names, owners, metadata and addresses hold is text wherever it is shown", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: markup });
  const { id } = await newApiKey(instance.clients, projectId, {
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
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("alert").waitFor();
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
  const { id } = await newApiKey(instance.clients, projectId, { ownerId: longer });
  await used(instance, id, 1, 7, codes.valid);
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, { projectIds: [projectId] });
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByRole("button", { name: "api_key.created" }).click();
  await page.getByText("What changed").waitFor();
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

async function expectNoMarkup(page: Page): Promise<void> {
  expect(await page.locator("img, iframe, [onerror], a[href^='javascript:'], body script").count()).toBe(0);
  expect(await page.evaluate(() => "hit" in globalThis)).toBe(false);
}
