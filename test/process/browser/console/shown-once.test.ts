import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { takeValue, verdictOf } from "../keys.js";
import { launchBrowser, visitAs } from "./browser.js";

/** Has the answers to an rpc wait until they are let through. */
async function holdBack(page: Page, rpc: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(`**/${rpc}`, async (route) => {
    const response = await route.fetch();
    await promise;
    await route.fulfill({ response });
  });
  return resolve;
}

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
  expect(complaints()).toEqual([]);
});
