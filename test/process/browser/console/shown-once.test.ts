import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { takeValue, verdictOf } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { fillSignIn, goBackInVain, holdBack, visitAs } from "./browser.js";

test("a dialog stays while its call is under way, and then shows the value that came of it", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  const letThrough = await holdBack(page, "RotateApiKey");
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Grace period").selectOption("None: the old value ends at once");
  await dialog.getByRole("button", { name: "Rotate", exact: true }).click();
  await expect.poll(() => verdictOf(instance, value)).not.toBe(VerificationCode.VALID);
  await page.keyboard.press("Escape");
  expect(await dialog.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
  expect(await dialog.getByRole("button", { name: "Close" }).count()).toBe(0);
  letThrough();
  expect(await verdictOf(instance, await takeValue(page))).toBe(VerificationCode.VALID);
  // The dialog that led to it is gone: the page's heading has the focus.
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Laptop");
  expect(complaints()).toEqual([]);
});

test("whoever goes back while a value is on its way, or shown, has it all the same, and goes back once it is stored", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const path = `/console/projects/${projectId}`;
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, { path });
  await page.getByRole("link", { name: "Create key" }).click();
  await page.getByLabel("Name").fill("Laptop");
  const letThrough = await holdBack(page, "CreateApiKey");
  await page.getByRole("button", { name: "Create key" }).click();
  await expect.poll(async () => (await instance.clients.apiKeys.queryApiKeys({ projectId })).data.length).toBe(1);
  await goBackInVain(page);
  await page.getByRole("link", { name: "Projects" }).first().click();
  letThrough();
  await page.getByLabel("Value of the key").waitFor();
  await goBackInVain(page);
  await goBackInVain(page);
  expect(await verdictOf(instance, await takeValue(page))).toBe(VerificationCode.VALID);
  await page.getByRole("heading", { name: "Laptop" }).waitFor();
  await page.goBack();
  await page.getByRole("table", { name: "Keys" }).waitFor();
  expect(new URL(page.url()).pathname).toBe(path);
  expect(complaints()).toEqual([]);
});

test("whoever goes back while the link of an invitation is shown still has it", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, complaints } = await visitAs(browser, instance, UserRole.OWNER, { path: "/console/users" });
  await page.getByRole("link", { name: "Invite" }).click();
  await page.getByLabel("Email").fill("margaret@example.com");
  await page.getByRole("button", { name: "Make the invitation" }).click();
  const link = page.getByLabel("Link of the invitation");
  const shown = await link.inputValue();
  await goBackInVain(page);
  expect(await link.inputValue()).toBe(shown);
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("heading", { name: "margaret@example.com" }).waitFor();
  expect(complaints()).toEqual([]);
});

test("a session that ends leaves a value that is on its way, or shown, until it is stored", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, person } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/new`,
  });
  await page.getByLabel("Name").fill("Laptop");
  const letThrough = await holdBack(page, "CreateApiKey");
  await page.getByRole("button", { name: "Create key" }).click();
  await expect.poll(async () => (await instance.clients.apiKeys.queryApiKeys({ projectId })).data.length).toBe(1);
  await instance.clients.users.revokeUserSessions({ userId: person.id });
  // What is shown is asked for anew once the key is made.
  const [refused] = await Promise.all([page.waitForResponse(/GetProject/), letThrough()]);
  expect(refused.status()).toBe(401);
  await refused.finished();
  expect(await verdictOf(instance, await takeValue(page))).toBe(VerificationCode.VALID);
  await page.getByText("Your session has ended.").waitFor();
  await fillSignIn(page, person);
  await page.getByRole("heading", { name: "Laptop" }).waitFor();
});

test("while a value is shown, nothing is asked that nobody asked for", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId, { rateLimits: { perDay: 9 } });
  const { page } = await visitAs(browser, instance, UserRole.DEVELOPER);
  await page.clock.install();
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByText("9 of 9 left").waitFor();
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate", exact: true }).click();
  await page.getByLabel("Value of the key").waitFor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.clock.runFor(60_000);
  expect(asked).toEqual([]);
  await takeValue(page);
  const again = page.waitForRequest(/GetRateLimits/);
  await page.clock.runFor(10_000);
  await again;
});
