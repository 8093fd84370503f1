import type { Page } from "playwright-core";
import { Webhook as SignedWebhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { DeliveryState, WebhookDisabledReason } from "../../../../gen/altalune/v1/webhook_pb.js";
import { eventTypes } from "../../../../src/domain/event/model.js";
import { ask, signIn } from "../../../rules/sign_in/people.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../../support/instance.js";
import { type Received, startWebhookReceiver } from "../../../support/webhook-receiver.js";
import { launchBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { goBackInVain, holdBack, pressInDialog, visitAs } from "./browser.js";

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance({ env: { ALTALUNE_WEBHOOK_ALLOW: "loopback" } });
});
afterAll(() => instance.stop());

/** What a page shows of a secret, this once. */
async function takeSecret(page: Page): Promise<string> {
  const secret = await page.getByLabel("Secret of the webhook").inputValue();
  await page.getByRole("button", { name: "I have stored it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return secret;
}

/** Whether it is signed by a secret: the package throws unless it is. */
function isSignedBy(secret: string, { body, headers }: Received): boolean {
  try {
    new SignedWebhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

async function newHook(projectId: string, url: string) {
  const { webhook } = await instance.clients.webhooks.createWebhook({ projectId, url });
  const webhookId = webhook?.id ?? "";
  return { webhookId, path: `/console/projects/${projectId}/webhooks/${webhookId}` };
}

async function stored(projectId: string) {
  return (await instance.clients.webhooks.queryWebhooks({ projectId })).data;
}

test("a webhook is added by keyboard, its secret shown once, and a test event arrives, signed by it", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(instance.clients, { name: "Orders API" });
  const { page, context, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}`,
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.getByRole("link", { name: "Webhooks" }).press("Enter");
  await page.getByText("A webhook tells a server of yours").waitFor();
  await page.getByRole("link", { name: "Add webhook" }).press("Enter");
  await page.getByRole("heading", { name: "Add a webhook" }).waitFor();
  const url = page.getByLabel("URL");
  await url.fill("ftp://hooks.example.com");
  await page.keyboard.press("Enter");
  await page.getByText(/^Must be an https URL/).waitFor();
  expect(await url.evaluate((field) => field === document.activeElement)).toBe(true);
  await url.fill(receiver.url);
  const events = page.getByRole("combobox", { name: "Events" });
  await events.fill("api_key.nothing");
  await events.press("Enter");
  await page.getByRole("button", { name: "Add webhook" }).press("Enter");
  await page.getByText(/^Must be a type of event/).waitFor();
  expect(await stored(projectId)).toEqual([]);
  await events.press("Backspace");
  // All that there are can be chosen.
  await events.press("ArrowDown");
  await expect.poll(() => page.getByRole("option").allTextContents()).toEqual([...eventTypes]);
  await events.fill("api_key.revoked");
  await events.press("Enter");
  await page.getByLabel("Description").fill("Orders");
  await page.keyboard.press("Enter");
  const field = page.getByLabel("Secret of the webhook");
  const shown = await field.inputValue();
  expect(shown).toMatch(/^whsec_/);
  expect(await memoryOf(page)).toContain(shown);
  expect(await takeSecret(page)).toBe(shown);
  await page.getByRole("heading", { name: `Webhook to ${new URL(receiver.url).host}` }).waitFor();
  expect(await stored(projectId)).toMatchObject([
    { url: receiver.url, eventTypes: ["api_key.revoked"], description: "Orders", enabled: true },
  ]);

  await page.getByRole("button", { name: "Send a test event" }).press("Enter");
  await pressInDialog(page, "Send");
  await page.getByText("The test event has arrived: the endpoint answered 204.").waitFor();
  const [received] = await receiver.has(1);
  expect(received !== undefined && isSignedBy(shown, received)).toBe(true);
  await page.getByRole("button", { name: "webhook.test", exact: true }).press("Enter");
  await page.getByText('"message": "this is a test"').waitFor();

  // The secret is nowhere any more.
  expect(await page.content()).not.toContain(shown);
  expect(JSON.stringify(await context.storageState({ indexedDB: true }))).not.toContain(shown);
  expect(asked.filter((address) => address.includes(shown))).toEqual([]);
  await page.getByRole("link", { name: "Projects" }).first().click();
  await page.getByRole("table", { name: "Projects" }).waitFor();
  await expect.poll(async () => (await memoryOf(page)).includes(shown)).toBe(false);
  expect(complaints()).toEqual([]);
});

test("a test event that does not arrive is told of with why, and when it is sent again", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(500).end());
  const projectId = await newProject(instance.clients);
  const { path } = await newHook(projectId, receiver.url);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, { path });
  await page.getByText("Nothing yet.").waitFor();
  await page.getByRole("button", { name: "Send a test event" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send", exact: true }).click();
  const told = page.getByRole("alert");
  await told.getByText(/has not arrived: the answer has the status 500\. It is sent again .*M\./).waitFor();
  await page.getByRole("cell", { name: "500" }).waitFor();
  await page.getByText("To be sent again").waitFor();
  expect(complaints()).toEqual([]);
});

test("what was sent is narrowed by state and event, walked by pages, and sent again", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(instance.clients);
  const { path, webhookId } = await newHook(projectId, receiver.url);
  const { id: apiKeyId } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  await receiver.has(1);
  receiver.answerWith((response) => void response.writeHead(503).end());
  await instance.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId });
  await receiver.has(2);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, { path });
  const types = async () =>
    (await page.getByRole("table", { name: "Deliveries" }).getByRole("rowheader").allTextContents()).sort();
  await expect.poll(types).toEqual(["api_key.created", "api_key.deactivated"]);
  await page.getByLabel("State").selectOption("Arrived");
  await expect.poll(types).toEqual(["api_key.created"]);
  await page.getByLabel("Event", { exact: true }).selectOption("api_key.deactivated");
  await page.getByText("Nothing matches.").waitFor();
  await page.getByLabel("State").selectOption("To be sent");
  await expect.poll(types).toEqual(["api_key.deactivated"]);
  await page.getByRole("button", { name: "api_key.deactivated", exact: true }).click();
  await page.getByText("the answer has the status 503").waitFor();
  expect(await page.getByRole("link", { name: apiKeyId }).getAttribute("href")).toContain(`/keys/${apiKeyId}`);

  receiver.answerWith((response) => void response.writeHead(204).end());
  await page.getByRole("button", { name: /^Send again api_key\.deactivated/ }).click();
  await page.getByText("The event api_key.deactivated is on its way once more.").waitFor();
  const states = async () =>
    (await instance.clients.webhooks.queryDeliveries({ projectId, webhookId })).data.map(({ state }) => state);
  await expect.poll(states).toEqual([DeliveryState.SUCCEEDED, DeliveryState.SUCCEEDED]);
  // Nothing else was asked of the page: it looks by itself what has become of those under way.
  await page.getByText("Nothing matches.").waitFor();
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect.poll(types).toEqual(["api_key.created", "api_key.deactivated"]);

  for (let number = 0; number < 50; number++) {
    await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  }
  await page.reload();
  await expect.poll(async () => (await types()).length).toBe(50);
  await page.getByRole("button", { name: "Next" }).click();
  await expect.poll(types).toEqual(["api_key.created", "api_key.deactivated"]);
  expect(complaints()).toEqual([]);
});

test("one event is sent again at a time, and no click is lost", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(instance.clients);
  const { path, webhookId } = await newHook(projectId, receiver.url);
  await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  await receiver.has(2);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, { path });
  const again = page.getByRole("button", { name: /^Send again webhook\.test/ });
  await expect.poll(() => again.count()).toBe(2);
  const letThrough = await holdBack(page, "RedeliverEvent");
  await again.first().click();
  await expect.poll(() => again.last().isDisabled()).toBe(true);
  letThrough();
  await again.last().click();
  await receiver.has(4);
  expect(complaints()).toEqual([]);
});

test("a webhook that somebody else switches off meanwhile is not switched on by who wanted it off", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(instance.clients);
  const { path, webhookId } = await newHook(projectId, receiver.url);
  const { page } = await visitAs(browser, instance, UserRole.ADMIN);
  await page.clock.install();
  await page.goto(instance.url + path);
  await page.getByRole("button", { name: "Switch off" }).click();
  await instance.clients.webhooks.updateWebhook({ projectId, webhookId, enabled: false });
  await page.clock.runFor(10_000);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await page.getByText("Switched off", { exact: false }).first().waitFor({ state: "attached" });
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Switch off" }).click();
  await dialog.getByText("Somebody has changed it meanwhile.").waitFor();
  expect((await stored(projectId))[0]?.enabled).toBe(false);
});

test("a secret is rotated, shown once and held, and both sign meanwhile", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(instance.clients);
  const { webhook, secret } = await instance.clients.webhooks.createWebhook({ projectId, url: receiver.url });
  const webhookId = webhook?.id ?? "";
  const path = `/console/projects/${projectId}/webhooks/${webhookId}`;
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/webhooks`,
  });
  await page.getByRole("link", { name: receiver.url }).click();
  const rotate = async (grace: string) => {
    await page.getByRole("button", { name: "Rotate the secret" }).click();
    await page.getByRole("dialog").getByLabel("Grace period").selectOption(grace);
    await page.getByRole("dialog").getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByLabel("Secret of the webhook").waitFor();
  };
  await rotate("7 days");
  await page
    .getByRole("dialog")
    .getByText(/Until .* both sign/)
    .waitFor();
  await page.keyboard.press("Escape");
  await goBackInVain(page);
  const next = await takeSecret(page);
  expect(next).not.toBe(secret);
  expect(new URL(page.url()).pathname).toBe(path);
  await page.getByText("Secret before signs, too, until").waitFor();
  await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  const [both] = await receiver.has(1);
  expect(both !== undefined && [secret, next].map((one) => isSignedBy(one, both))).toEqual([true, true]);

  await rotate("None: the old secret ends at once");
  const last = await takeSecret(page);
  await page.getByText("The one before signs no more.").waitFor();
  await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  const [, alone] = await receiver.has(2);
  expect(alone !== undefined && [next, last].map((one) => isSignedBy(one, alone))).toEqual([false, true]);
  expect(complaints()).toEqual([]);
});

test("a rotation whose answer was lost is not made again, and what another one would end is told of", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(instance.clients);
  const { webhook, secret } = await instance.clients.webhooks.createWebhook({ projectId, url: receiver.url });
  const webhookId = webhook?.id ?? "";
  const path = `/console/projects/${projectId}/webhooks/${webhookId}`;
  const { page } = await visitAs(browser, instance, UserRole.ADMIN, { path });
  await page.route("**/RotateWebhookSecret", async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.getByRole("button", { name: "Rotate the secret" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByText("A secret before still signs").count()).toBe(0);
  await dialog.getByRole("button", { name: "Rotate", exact: true }).click();
  await dialog.getByText("Altalune does not answer.").waitFor();
  await page.unroute("**/RotateWebhookSecret");
  await dialog.getByRole("button", { name: "Rotate", exact: true }).click();
  await dialog.getByText("the secret was rotated already").waitFor();
  await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  const [event] = await receiver.has(1);
  expect(event !== undefined && isSignedBy(secret, event)).toBe(true);
  await page.reload();
  await page.getByRole("button", { name: "Rotate the secret" }).click();
  await dialog.getByText(/A secret before still signs until .* ends it at once/).waitFor();
});

test("a webhook that has switched itself off says why, is switched on again, changed and deleted", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(410).end());
  const projectId = await newProject(instance.clients, { name: "Orders API" });
  const { path, webhookId } = await newHook(projectId, receiver.url);
  await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  await expect.poll(async () => (await stored(projectId))[0]?.disabledReason).toBe(WebhookDisabledReason.GONE);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/webhooks`,
  });
  await page.getByRole("row", { name: receiver.url }).getByText("Switched off").waitFor();
  await page.getByRole("link", { name: receiver.url }).press("Enter");
  await page.getByText("its endpoint answered that it is gone (410)").waitFor();
  await page.getByRole("cell", { name: "Given up" }).waitFor();
  // What would be refused is not offered.
  expect(await page.getByRole("button", { name: /Send/ }).count()).toBe(0);
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch on" }).click();
  await page.getByText("The webhook is on.").waitFor();
  await page.getByRole("button", { name: "Send a test event" }).waitFor();
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
  await page.getByText("Somebody has switched it off.").waitFor();
  expect((await stored(projectId))[0]?.disabledReason).toBe(WebhookDisabledReason.BY_CALLER);

  const dialog = page.getByRole("dialog");
  const change = page.getByRole("button", { name: "Change", exact: true });
  await change.press("Enter");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Nothing was changed, so nothing was sent.").waitFor();
  await change.press("Enter");
  await dialog.getByLabel("URL").fill("nowhere");
  await page.keyboard.press("Enter");
  await dialog.getByText(/^Must be an https URL/).waitFor();
  await dialog.getByLabel("URL").fill("https://hooks.example.com/altalune");
  await dialog.getByLabel("Description").fill("Of the shop");
  await instance.clients.webhooks.updateWebhook({ projectId, webhookId, description: "Meanwhile" });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Somebody has changed it meanwhile.").waitFor();
  expect((await stored(projectId))[0]).toMatchObject({ url: receiver.url, description: "Meanwhile" });
  await page.reload();
  await change.press("Enter");
  await dialog.getByLabel("URL").fill("https://hooks.example.com/altalune");
  await dialog.getByLabel("Description").fill("");
  await pressInDialog(page, "Save");
  await page.getByText("The webhook is changed.").waitFor();
  await page.getByRole("heading", { name: "Webhook to hooks.example.com" }).waitFor();
  expect((await stored(projectId))[0]).toMatchObject({ url: "https://hooks.example.com/altalune", description: "" });

  await page.getByRole("button", { name: "Delete" }).press("Enter");
  await pressInDialog(page, "Delete for good");
  await page.getByText("The webhook is deleted.").waitFor();
  await page.getByText("No webhook yet").waitFor();
  expect(await stored(projectId)).toEqual([]);
  await page.goto(instance.url + path);
  await page.getByRole("alert").getByText("There is no such webhook.").waitFor();
  // That it was changed meanwhile, and that it is gone, Chromium tells as well.
  expect(complaints().filter((text) => !/status of (404|409)/.test(text))).toEqual([]);
});

test("who may not change webhooks reads them, is offered nothing that would be refused, and is refused by each rpc", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using receiver = await startWebhookReceiver();
  const projectId = await newProject(instance.clients);
  const { path, webhookId } = await newHook(projectId, receiver.url);
  const { delivery } = await instance.clients.webhooks.sendTestEvent({ projectId, webhookId });
  const eventId = delivery?.eventId ?? "";
  for (const role of [UserRole.VIEWER, UserRole.DEVELOPER]) {
    const { page, person, complaints } = await visitAs(browser, instance, role, { path, projectIds: [projectId] });
    await page.getByText("Arrived").last().waitFor();
    expect(await page.getByRole("main").getByRole("button").allTextContents()).toEqual(["webhook.test"]);
    for (const place of ["webhooks", "webhooks/new"]) {
      await page.goto(`${instance.url}/console/projects/${projectId}/${place}`);
      await page.getByRole("link", { name: receiver.url }).waitFor();
      expect(await page.getByRole("link", { name: "Add webhook" }).count()).toBe(0);
    }
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "What to look for" }).fill("webhook");
    await page.getByRole("option", { name: "Webhooks" }).waitFor();
    expect(await page.getByRole("option").count()).toBe(1);
    const { cookie } = await signIn(instance, person);
    const body = { projectId, webhookId, eventId, url: receiver.url };
    for (const rpc of [
      "CreateWebhook",
      "UpdateWebhook",
      "DeleteWebhook",
      "RotateWebhookSecret",
      "SendTestEvent",
      "RedeliverEvent",
    ]) {
      const refused = await ask(instance, `POST /altalune.v1.WebhookService/${rpc}`, { cookie, body });
      expect([rpc, refused.status]).toEqual([rpc, 403]);
    }
    expect(complaints()).toEqual([]);
  }
  expect(receiver.received).toHaveLength(1);
  // Of another project nobody finds any.
  const other = await newProject(instance.clients);
  const { page } = await visitAs(browser, instance, UserRole.ADMIN, { path, projectIds: [other] });
  await page.getByRole("alert").getByText("There is no such project").waitFor();
});
