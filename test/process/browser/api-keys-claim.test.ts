import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { type RotationPolicySchema, UnclaimedValue } from "../../../gen/altalune/v1/rotation_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { dayMs, fromNow, newApiKey } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken, owner } from "../../support/owners.js";
import { letRotate, waitingKeys } from "../../support/rotation.js";
import { test } from "../../support/shared-instance.js";
import { faultsOf } from "./axe.js";
import { takeValue, verdictOf } from "./keys.js";
import { launchBrowser } from "./launch.js";
import { answerOf, bundleTeam, holdUp, loseAnswer, show, type TeamScripts, visitTeam } from "./team-page.js";

let scripts: TeamScripts;
test.beforeAll(async ({ instance }) => {
  scripts = await bundleTeam(instance.url);
}, 240_000);

type Settings = Parameters<typeof newApiKey>[2];
type Policy = MessageInitShape<typeof RotationPolicySchema>;

const [day, month] = [durationFromMs(dayMs), durationFromMs(30 * dayMs)];
const kept: Policy = { every: month, grace: day };

/** A key of alice's, good for two months unless told otherwise. */
async function newKey({ clients }: TestInstance, projectId: string, name: string, settings: Settings = {}) {
  return newApiKey(clients, projectId, { name, ownerId: "alice", expiration: fromNow(60 * dayMs), ...settings });
}

/** One that Altalune has rotated. */
async function newRotatedKey(instance: TestInstance, projectId: string, name: string, rotationPolicy = kept) {
  const key = await newKey(instance, projectId, name, { rotationPolicy });
  await letRotate(instance, key.id);
  return key;
}

/** The names of the keys whose value may wait, by what the page offers. */
async function offered(page: Page): Promise<readonly string[]> {
  const names = await page
    .getByRole("button", { name: /^Show the new value/ })
    .evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label") ?? ""));
  return names.map((name) => name.replace("Show the new value ", "")).sort();
}

async function claim(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Show the new value ${name}` }).click();
  await page.getByRole("button", { name: "Yes" }).click();
}

async function claimsIn({ clients }: TestInstance, projectId: string) {
  const filters = { action: { values: ["api_key.claimed"] } };
  return (await clients.audit.queryAuditEvents({ projectId, query: { filters } })).data.map(({ actor }) => actor);
}

test("the new value of a key that Altalune has rotated is offered where one may wait, and shown to its owner", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, complaints, projectId } = await visitTeam(browser, instance, scripts);
  await instance.clients.projects.updateProject({ projectId, maxKeysPerOwner: 0 });
  const renewal = { beforeExpiry: durationFromMs(10 * dayMs), lifetime: durationFromMs(60 * dayMs) };
  const { id, value: first } = await newRotatedKey(instance, projectId, "Kept");
  const ended = await newRotatedKey(instance, projectId, "Ended", { ...kept, unclaimed: UnclaimedValue.END });
  await newRotatedKey(instance, projectId, "Renewed", { ...kept, ...renewal });
  // None waits for these, and they say so.
  const { id: byHand } = await newKey(instance, projectId, "Rotated by hand");
  await instance.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: byHand, gracePeriod: day });
  await newKey(instance, projectId, "Not due", { rotationPolicy: kept });
  await newKey(instance, projectId, "Not due nor renewed", { rotationPolicy: { ...kept, ...renewal } });
  await newKey(instance, projectId, "Never due", { rotationPolicy: kept, expiration: fromNow(30 * dayMs) });
  const { id: revoked } = await newRotatedKey(instance, projectId, "Revoked");
  await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked, reason: RevocationReason.SUPERSEDED });
  await page.reload();
  await page.getByRole("rowheader", { name: "Revoked" }).waitFor();
  expect(await offered(page)).toEqual(["Ended", "Kept", "Renewed"]);

  await page.getByRole("button", { name: "Show the new value Kept" }).press("Enter");
  await page.getByText("The value before works on for a while").waitFor();
  expect(await faultsOf(page)).toEqual([]);
  // Asking is not claiming.
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await claimsIn(instance, projectId)).toEqual([]);
  await claim(page, "Kept");
  const next = await takeValue(page);
  expect(await page.content()).not.toContain(next);
  expect([await verdictOf(instance, first), await verdictOf(instance, next)]).toEqual([
    VerificationCode.VALID,
    VerificationCode.VALID,
  ]);
  expect(await claimsIn(instance, projectId)).toEqual(["owner:alice"]);
  // It was used, and so is there no more.
  await expect.poll(() => waitingKeys(instance)).not.toContain(id);
  await claim(page, "Kept");
  await page.getByRole("alert").getByText("No new value waits").waitFor();
  expect(await page.getByLabel("Value of the key").count()).toBe(0);
  expect(await faultsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Cancel" }).click();

  // Until then it can be fetched again by whoever has lost it.
  await claim(page, "Ended");
  const lost = await takeValue(page);
  await claim(page, "Ended");
  expect(await takeValue(page)).toBe(lost);
  expect([await verdictOf(instance, ended.value), await verdictOf(instance, lost)]).toEqual([
    VerificationCode.VALID,
    VerificationCode.VALID,
  ]);
  expect(complaints.filter((text) => !/status of 404/.test(text))).toEqual([]);
});

test("it is said where the value before ends at once, and where the answer is lost it is fetched again", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, projectId } = await visitTeam(browser, instance, scripts);
  const { value: first } = await newRotatedKey(instance, projectId, "Hard", { every: month });
  await newRotatedKey(instance, projectId, "Soft");
  await page.reload();
  await page.getByRole("button", { name: "Show the new value Hard" }).click();
  await page.getByText("The value of now ends at once.").waitFor();
  expect(await verdictOf(instance, first)).toBe(VerificationCode.VALID);
  await page.getByRole("button", { name: "Yes" }).click();
  const next = await takeValue(page);
  expect([await verdictOf(instance, first), await verdictOf(instance, next)]).toEqual([
    VerificationCode.EXPIRED,
    VerificationCode.VALID,
  ]);

  await loseAnswer(page, "ClaimMyRotatedKey");
  await claim(page, "Soft");
  await page.getByRole("alert").getByText("The server does not answer. Try again.").waitFor();
  expect(await page.getByLabel("Value of the key").count()).toBe(0);
  await page.getByRole("button", { name: "Yes" }).click();
  expect(await verdictOf(instance, await takeValue(page))).toBe(VerificationCode.VALID);
  expect(await claimsIn(instance, projectId)).toHaveLength(3);
});

test("it is not offered where the page offers other things, not shown to another owner, and refused to a token that may not rotate", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, projectId } = await visitTeam(browser, instance, scripts, { script: "shown" });
  const { id: apiKeyId, value: first } = await newRotatedKey(instance, projectId, "Laptop");
  await newApiKey(instance.clients, projectId, { name: "Of bob", ownerId: "bob" });
  const reader = await newPortalToken(instance, projectId, "alice", { permissions: [PortalPermission.READ] });
  await show(page, { token: reader, actions: ["rotate", "revoke"] });
  await page.getByRole("button", { name: "Rotate Laptop" }).waitFor();
  expect(await offered(page)).toEqual([]);
  await show(page, { token: reader });
  await claim(page, "Laptop");
  await page.getByRole("alert").waitFor();
  expect(await page.getByLabel("Value of the key").count()).toBe(0);
  expect([await claimsIn(instance, projectId), await waitingKeys(instance)]).toEqual([
    [],
    expect.arrayContaining([apiKeyId]),
  ]);

  const [alice, bob] = [
    await newPortalToken(instance, projectId, "alice"),
    await newPortalToken(instance, projectId, "bob"),
  ];
  await show(page, { token: alice });
  const { reached, release } = await holdUp(page, "ClaimMyRotatedKey");
  await claim(page, "Laptop");
  await reached;
  await show(page, { token: bob });
  await page.getByRole("rowheader", { name: "Of bob" }).waitFor();
  await Promise.all([answerOf(page, "GetMyApiKey"), release()]);
  await page.locator("button:enabled", { hasText: "Create key" }).waitFor();
  const aliceKeys = await owner(instance, projectId, "alice");
  const { keyValue } = await aliceKeys.claimMyRotatedKey({ apiKeyId });
  expect(keyValue).not.toBe("");
  expect(await page.content()).not.toContain(keyValue);
  expect([await page.getByLabel("Value of the key").count(), await offered(page)]).toEqual([0, []]);
  expect(await verdictOf(instance, first)).toBe(VerificationCode.VALID);
});
