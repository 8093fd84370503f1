import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser, visitAs } from "./browser.js";

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

async function expectNoMarkup(page: Page): Promise<void> {
  expect(await page.locator("img, iframe, [onerror], a[href^='javascript:'], body script").count()).toBe(0);
  expect(await page.evaluate(() => "hit" in globalThis)).toBe(false);
}
