import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { test } from "../../support/shared-instance.js";
import { complaintsOf } from "./complaints.js";
import { launchBrowser } from "./launch.js";

test("whoever is invited registers by the link in a real browser and is signed in to the console, and the code stays out of every address that is asked for", async ({
  instance,
  skip,
}) => {
  const { invitationUrl } = await instance.clients.users.inviteUser({
    email: "grace@example.com",
    role: UserRole.VIEWER,
  });
  const code = new URLSearchParams(new URL(invitationUrl).hash.slice(1)).get("code") ?? "";
  await using browser = await launchBrowser(skip);
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(invitationUrl);
  expect(page.url()).not.toContain(code);

  await fill(page, { username: "grace", email: "grace@example.com", password: "short", confirm: "short" });
  await expect.poll(() => page.locator("#password-fault").textContent()).toContain("12");
  const good = "a long and quiet evening";
  await fill(page, { username: "grace", email: "grace@example.com", password: good, confirm: good });
  await page.getByRole("button", { name: "Account of grace" }).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/console\//);

  // Chromium says in its console that the first try was answered with 400.
  expect(complaints.filter((complaint) => !complaint.includes("status of 400"))).toEqual([]);
  expect(asked.filter((url) => url.includes(code))).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(`${instance.url}/`) && !url.startsWith("data:"))).toEqual([]);
});

test("a link without its code says so", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const page = await browser.newPage();
  await page.goto(`${instance.url}/console/setup`);
  const told = () => page.getByRole("status").textContent();
  await expect.poll(told).toContain("Open the whole link");
  const password = "wintry-orchard-41-lamp";
  await fill(page, { username: "nobody", email: "nobody@example.com", password, confirm: password });
  await expect.poll(told).toContain("an invitation");
});

async function fill(
  page: Page,
  typed: { readonly username: string; readonly email: string; readonly password: string; readonly confirm: string },
): Promise<void> {
  await page.getByLabel("Username").fill(typed.username);
  await page.getByLabel("Email").fill(typed.email);
  await page.getByLabel("Password", { exact: true }).fill(typed.password);
  await page.getByLabel("Password again").fill(typed.confirm);
  await page.getByRole("button", { name: "Register" }).click();
}
