import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UnclaimedValue } from "../../../../gen/altalune/v1/rotation_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { ask, signIn } from "../../../rules/sign_in/people.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../../support/fixtures.js";
import type { TestInstance } from "../../../support/instance.js";
import { letRotate } from "../../../support/rotation.js";
import { test } from "../../../support/shared-instance.js";
import { takeValue, verdictOf } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { goBackInVain, pressInDialog, visitAs } from "./browser.js";

const daySeconds = 86_400n;
const policy = { every: { seconds: 30n * daySeconds }, grace: { seconds: daySeconds } };
const { VALID, EXPIRED, NOT_FOUND } = VerificationCode;

async function stored({ clients }: TestInstance, projectId: string, apiKeyId: string) {
  return (await clients.apiKeys.getApiKey({ projectId, apiKeyId })).apiKey;
}

/** Claims the value that waits, and leaves it shown. */
async function claim(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Claim the new value" }).press("Enter");
  await pressInDialog(page, "Claim");
  await page.getByLabel("Value of the key").waitFor();
}

test("a key is given a rotation policy by keyboard, with what is wrong said at its fields, and loses it again", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId, { expiration: fromNow(300 * dayMs) });
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByText("It has a new value when somebody rotates it.").waitFor();
  await page.getByRole("button", { name: "Set a policy" }).press("Enter");
  const dialog = page.getByRole("dialog");
  const every = dialog.getByRole("textbox", { name: "A value is in force for" });
  await every.fill("often");
  await page.keyboard.press("Enter");
  await dialog.getByText("Enter a whole number, at most 730 days, or leave it empty.").waitFor();
  await every.fill("731");
  await page.keyboard.press("Enter");
  await expect.poll(() => every.getAttribute("aria-invalid")).toBe("true");
  expect(await every.evaluate((field) => field === document.activeElement)).toBe(true);
  await every.fill("");
  await page.keyboard.press("Enter");
  await dialog.getByText("Must be set, unless before_expiry is.").waitFor();
  expect((await stored(instance, projectId, id))?.rotationPolicy).toBeUndefined();
  await every.fill("30");
  await dialog.getByRole("textbox", { name: "The value before works on for" }).fill("12");
  await dialog.getByLabel("Unit: The value before works on for").selectOption("hours");
  await dialog.getByLabel("While nobody claims the new value").selectOption("the value before ends with its time");
  await dialog.getByRole("textbox", { name: "Renewed before it expires by" }).fill("7");
  await dialog.getByRole("textbox", { name: "Lifetime of a renewed key" }).fill("90");
  await page.keyboard.press("Enter");
  await page.getByText(/The rotation policy is saved\. In force everywhere since/).waitFor();
  const apiKey = await stored(instance, projectId, id);
  expect(apiKey?.rotationPolicy).toMatchObject({
    every: { seconds: 30n * daySeconds },
    grace: { seconds: 12n * 3_600n },
    unclaimed: UnclaimedValue.END,
    beforeExpiry: { seconds: 7n * daySeconds },
    lifetime: { seconds: 90n * daySeconds },
  });
  await page.getByText("7 days before it expires, for 90 days more").waitFor();
  const next = page.locator("dl > div", { hasText: "Rotated next" }).locator("time");
  expect(await next.getAttribute("datetime")).toBe(
    new Date(Number(apiKey?.nextRotationAt?.seconds) * 1000 + (apiKey?.nextRotationAt?.nanos ?? 0) / 1e6).toISOString(),
  );

  await page.getByRole("button", { name: "Change the rotation" }).press("Enter");
  expect(await dialog.getByRole("textbox", { name: "The value before works on for" }).inputValue()).toBe("12");
  await instance.clients.apiKeys.updateApiKey({ projectId, apiKeyId: id, name: "Meanwhile" });
  await dialog.getByLabel("Altalune rotates it by itself").press("Space");
  await pressInDialog(page, "Save");
  await dialog.getByText("Somebody has changed it meanwhile.").waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Change the rotation" }).press("Enter");
  await dialog.getByLabel("Altalune rotates it by itself").press("Space");
  await pressInDialog(page, "Save");
  await page.getByText("The key has no rotation policy any more.").waitFor();
  expect((await stored(instance, projectId, id))?.rotationPolicy).toBeUndefined();
  expect(complaints().filter((text) => !text.includes("status of 409"))).toEqual([]);
});

test("a value that waits is told of, claimed, shown once and held, and forgotten once it is stored", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, {
    name: "Laptop",
    rotationPolicy: { ...policy, unclaimed: UnclaimedValue.KEEP },
  });
  const { page, context, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}`,
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.getByRole("link", { name: "Laptop" }).click();
  await page.getByRole("button", { name: "Change the rotation" }).waitFor();
  await page.getByRole("button", { name: "api_key.created" }).waitFor();
  expect(await page.getByRole("button", { name: "Claim the new value" }).count()).toBe(0);
  await letRotate(instance, id);
  await page.reload();
  await page.getByText(/A new value waits to be claimed, since/).waitFor();
  await claim(page);
  const shown = await page.getByLabel("Value of the key").inputValue();
  expect(await memoryOf(page)).toContain(shown);
  await page.keyboard.press("Escape");
  await goBackInVain(page);
  expect(await takeValue(page)).toBe(shown);
  await page.getByText(/The value before works until .* In force everywhere since/).waitFor();
  expect(shown).not.toBe(value);
  // An answer that was lost is no harm: it can be claimed again, until it is used.
  await page.getByText(/The new value was claimed/).waitFor();
  await claim(page);
  expect(await takeValue(page)).toBe(shown);
  expect([await verdictOf(instance, value), await verdictOf(instance, shown)]).toEqual([VALID, VALID]);
  const claimUsed = async () =>
    instance.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: id }).then(
      () => true,
      () => false,
    );
  await expect.poll(claimUsed, { timeout: 20_000 }).toBe(false);
  await page.getByRole("button", { name: "Claim the new value" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Claim", exact: true }).click();
  await page.getByRole("dialog").getByText("No new value waits").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();

  expect(await page.content()).not.toContain(shown);
  expect(JSON.stringify(await context.storageState({ indexedDB: true }))).not.toContain(shown);
  expect(asked.filter((url) => url.includes(shown))).toEqual([]);
  await page.getByRole("link", { name: "Projects" }).first().click();
  await page.getByRole("table", { name: "Projects" }).waitFor();
  await expect.poll(async () => (await memoryOf(page)).includes(shown)).toBe(false);
  expect(complaints().filter((text) => !text.includes("status of 404"))).toEqual([]);
});

test("a value that is in force unclaimed is claimed, and none is offered that a rotation by hand has dropped", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, {
    rotationPolicy: { ...policy, unclaimed: UnclaimedValue.END },
  });
  await letRotate(instance, id);
  const path = `/console/projects/${projectId}/keys/${id}`;
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, { path });
  await claim(page);
  expect([await verdictOf(instance, value), await verdictOf(instance, await takeValue(page))]).toEqual([VALID, VALID]);
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate", exact: true }).click();
  await takeValue(page);
  await page.getByText("The key was rotated.", { exact: false }).waitFor();
  await expect.poll(() => page.getByRole("button", { name: "Claim the new value" }).count()).toBe(0);
  expect([EXPIRED, NOT_FOUND]).toContain(await verdictOf(instance, value));
  expect(complaints()).toEqual([]);
});

test("a value that waits is offered whatever is changed, and one that is in force after its policy is gone", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, {
    rotationPolicy: { ...policy, unclaimed: UnclaimedValue.END },
  });
  await letRotate(instance, id);
  const { apiKeys } = instance.clients;
  await apiKeys.updateApiKey({
    projectId,
    apiKeyId: id,
    rotationPolicy: { ...policy, every: { seconds: 60n * daySeconds } },
  });
  for (const tier of Array.from({ length: 11 }, (_, number) => (number % 2 === 0 ? "pro" : "free"))) {
    await apiKeys.updateApiKey({ projectId, apiKeyId: id, tier });
  }
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByText(/A new value waits to be claimed, since/).waitFor();
  await apiKeys.updateApiKey({ projectId, apiKeyId: id, updateMask: { paths: ["rotation_policy"] } });
  await page.reload();
  await page.getByText("It has a new value when somebody rotates it.").waitFor();
  await claim(page);
  expect([await verdictOf(instance, value), await verdictOf(instance, await takeValue(page))]).toEqual([VALID, VALID]);
  expect(complaints()).toEqual([]);
});

test("a claim that ends the value before at once says so before it is made", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { rotationPolicy: { every: policy.every } });
  await letRotate(instance, id);
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  await page.getByRole("button", { name: "Claim the new value" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The value before ends at once; if no answer comes, rotate the key.").waitFor();
  await dialog.getByRole("button", { name: "Claim", exact: true }).click();
  expect(await verdictOf(instance, await takeValue(page))).toBe(VALID);
  expect([EXPIRED, NOT_FOUND]).toContain(await verdictOf(instance, value));
  expect(complaints()).toEqual([]);
});

test("a project's policy is set in its settings, given to new keys, and taken away", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/settings`,
  });
  const policyOf = async () => (await instance.clients.projects.getProject({ projectId })).project?.rotationPolicy;
  const section = page.getByRole("region", { name: "Rotation by itself" });
  const save = section.getByRole("button", { name: "Save rotation" });
  const isOn = section.getByLabel("Altalune rotates it by itself");
  await isOn.press("Space");
  await section.getByRole("textbox", { name: "The value before works on for" }).fill("60");
  await save.press("Enter");
  await expect
    .poll(() => section.getByRole("textbox", { name: "The value before works on for" }).getAttribute("aria-invalid"))
    .toBe("true");
  expect(await policyOf()).toBeUndefined();
  await section.getByRole("textbox", { name: "The value before works on for" }).fill("3");
  await save.press("Enter");
  await section.getByText(/Saved\. In force everywhere since/).waitFor();
  expect(await policyOf()).toMatchObject({ every: { seconds: 90n * daySeconds }, grace: { seconds: 3n * daySeconds } });
  const { id } = await newApiKey(instance.clients, projectId);
  expect((await stored(instance, projectId, id))?.rotationPolicy?.every?.seconds).toBe(90n * daySeconds);
  await page.reload();
  await expect.poll(() => isOn.isChecked()).toBe(true);
  await isOn.uncheck();
  await save.click();
  await section.getByText(/Saved\./).waitFor();
  expect(await policyOf()).toBeUndefined();
  expect(complaints()).toEqual([]);
});

test("who reads sees when a key is rotated and that a value waits, and is neither offered nor given it", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId, { rotationPolicy: policy });
  await letRotate(instance, id);
  const { page, person, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}/keys/${id}`,
    projectIds: [projectId],
  });
  await page.getByText(/A new value waits to be claimed, since/).waitFor();
  await page.getByRole("button", { name: "api_key.created" }).waitFor();
  expect(await page.getByRole("main").getByRole("button").allTextContents()).toEqual([
    "api_key.rotated",
    "api_key.created",
  ]);
  const { cookie } = await signIn(instance, person);
  for (const rpc of ["ClaimRotatedKey", "UpdateApiKey"]) {
    const body = { projectId, apiKeyId: id };
    expect((await ask(instance, `POST /altalune.v1.ApiKeyService/${rpc}`, { cookie, body })).status).toBe(403);
  }
  expect(complaints()).toEqual([]);
});
