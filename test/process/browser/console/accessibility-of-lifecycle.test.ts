import { describe, expect } from "vitest";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { letRotate } from "../../../support/rotation.js";
import { test } from "../../../support/shared-instance.js";
import { newWebhook } from "../../../support/webhooks.js";
import { launchBrowser } from "./browser.js";
import { looking, looks, visitToLook } from "./looking.js";

describe.each(looks)("in the %s look on a %s screen", (colorScheme, _width, viewport) => {
  const settings = { colorScheme, viewport, reducedMotion: "reduce" } as const;

  test("webhooks have nothing that axe finds at fault, and are not cut off", async ({ instance, skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();
    const { page, goTo } = await visitToLook(browser, instance, settings);
    const projectId = await newProject(instance.clients);
    const webhooksOf = (id: string) => `/console/projects/${id}/webhooks`;
    await goTo(webhooksOf(projectId), /Webhooks of project/);
    await page.getByText("No webhook yet").waitFor();
    await look("no webhooks", page);
    await goTo(`${webhooksOf(projectId)}/new`, "Add a webhook");
    await page.getByRole("button", { name: "Add webhook" }).click();
    await page.getByRole("alert").waitFor();
    await look("new webhook, with faults", page);
    await page.getByRole("combobox", { name: "Events" }).fill("api_key");
    await page.getByRole("option").first().waitFor();
    await look("events to choose from", page);
    await page.keyboard.press("Escape");
    const hookedId = await newProject(instance.clients);
    await goTo(`${webhooksOf(hookedId)}/new`, "Add a webhook");
    await page.getByLabel("URL").fill(`https://hooks.invalid/${"long-".repeat(30)}`);
    await page.getByLabel("Description").fill("Of the shop");
    await page.keyboard.press("Enter");
    await page.getByLabel("Secret of the webhook").waitFor();
    await look("secret of a webhook", page);
    await page.getByRole("button", { name: "I have stored it" }).click();
    await page.getByText("Nothing yet.").waitFor();
    await look("webhook that was sent nothing", page);
    await goTo(webhooksOf(hookedId), /Webhooks of project/);
    await page.getByRole("table").waitFor();
    await look("webhooks", page);
    const { webhookId } = await newWebhook(instance.clients, hookedId);
    await goTo(`${webhooksOf(hookedId)}/${webhookId}`, "Webhook to hooks.invalid");
    await page.getByRole("cell", { name: "To be sent again" }).waitFor();
    await page.getByRole("button", { name: "webhook.test", exact: true }).click();
    await look("webhook, with a delivery open", page);
    for (const action of ["Send a test event", "Change", "Switch off", "Rotate the secret", "Delete"]) {
      await page.getByRole("button", { name: action, exact: true }).click();
      await page.getByRole("dialog", { name: /webhook|event|secret/ }).waitFor();
      await look(`webhook: ${action}`, page);
      await page.getByRole("button", { name: "Cancel" }).click();
    }
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText("The test event has not arrived").waitFor();
    await look("test event that has not arrived", page);
    await page.getByRole("button", { name: "Switch off" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
    await page.getByText("Somebody has switched it off.").waitFor();
    await page.getByRole("cell", { name: "Given up" }).first().waitFor();
    await look("webhook that is off", page);
    expect(found).toEqual({});
  });

  test("nor have keys that are rotated by themselves or exposed", async ({ instance, skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();
    const { page, goTo } = await visitToLook(browser, instance, settings);
    const projectId = await newProject(instance.clients);
    const { id } = await newApiKey(instance.clients, projectId, {
      rotationPolicy: { every: { seconds: 2_592_000n }, grace: { seconds: 86_400n } },
    });
    await letRotate(instance, id);
    await goTo(`/console/projects/${projectId}/keys/${id}`, /key/);
    await page.getByText("A new value waits to be claimed").waitFor();
    await look("key with a value that waits", page);
    await page.getByRole("button", { name: "Change the rotation" }).click();
    await page.getByRole("textbox", { name: "A value is in force for" }).fill("often");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").waitFor();
    await look("rotation policy, with faults", page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Claim the new value" }).click();
    await page.getByRole("dialog", { name: "Claim the new value" }).waitFor();
    await look("claim", page);
    await page.getByRole("button", { name: "Claim", exact: true }).click();
    await page.getByLabel("Value of the key").waitFor();
    await look("claimed value", page);
    await page.getByRole("button", { name: "I have stored it" }).click();
    await page.getByText("The new value was claimed").waitFor();
    await look("key whose value was claimed", page);
    await page.getByRole("button", { name: "Report as exposed" }).click();
    await page.getByRole("button", { name: "Report", exact: true }).click();
    await page.getByText("Enter the value that was found.").waitFor();
    await look("report, with faults", page);
    await goTo(`/console/projects/${projectId}/settings`, "Settings");
    await page.getByLabel("Altalune rotates it by itself").check();
    await page.getByRole("textbox", { name: "A value is in force for" }).fill("");
    await page.getByRole("button", { name: "Save rotation" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByRole("button", { name: "Save exposure" }).click();
    await page.getByText(/Saved\./).waitFor();
    await look("settings of rotation and exposure, with faults", page);
    expect(found).toEqual({});
  });
});
