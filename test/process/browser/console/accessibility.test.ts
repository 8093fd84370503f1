import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../../gen/altalune/v1/api_key_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../../support/instance.js";
import { faultsOf, isTooWide } from "../axe.js";
import { launchBrowser, narrow, visit, visitAs, wide } from "./browser.js";

let instance: TestInstance;
let projectId: string;
let emptyProjectId: string;
let keyId: string;
let keyValue: string;
beforeAll(async () => {
  instance = await startTestInstance();
  projectId = await newProject(instance.clients, { allowNeverExpires: true });
  emptyProjectId = await newProject(instance.clients);
  ({ id: keyId, value: keyValue } = await newApiKey(instance.clients, projectId, {
    ownerId: "user-7",
    scopes: ["orders:read"],
    metadata: { plan: "gold" },
    rateLimits: { perMinute: 60, perDay: 1000 },
  }));
  const { id } = await newApiKey(instance.clients, projectId, { expiration: undefined, neverExpires: true });
  await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED });
});
afterAll(() => instance.stop());

describe.each([
  ["light", "wide", wide],
  ["dark", "wide", wide],
  ["light", "narrow", narrow],
  ["dark", "narrow", narrow],
] as const)("in the %s look on a %s screen", (colorScheme, _width, viewport) => {
  test("no page has anything that axe finds at fault, and none is cut off", { timeout: 300_000 }, async ({ skip }) => {
    await using browser = await launchBrowser(skip);
    const found: Record<string, readonly string[]> = {};
    const look = async (name: string, page: Page) => {
      const faults = [...(await faultsOf(page)), ...((await isTooWide(page)) ? ["it is too wide"] : [])];
      if (faults.length > 0) {
        found[name] = faults;
      }
    };
    const settings = { colorScheme, viewport, reducedMotion: "reduce" } as const;

    const outside = await visit(browser, settings);
    await outside.context.addInitScript({ content: axe.source });
    await outside.page.goto(`${instance.url}/console?sign_in_error=OIDC_FLOW_INVALID`);
    await outside.page.getByRole("alert").waitFor();
    await look("sign in, refused", outside.page);
    await outside.page.getByRole("button", { name: "Sign in" }).click();
    await outside.page.getByText("Enter your password.").waitFor();
    await look("sign in, with faults", outside.page);

    const { page, context } = await visitAs(browser, instance, UserRole.OWNER, settings);
    await context.addInitScript({ content: axe.source });
    const goTo = async (path: string, heading: string | RegExp) => {
      await page.goto(instance.url + path);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    };
    await goTo("/console/projects", "Projects");
    await page.getByRole("table").waitFor();
    await look("projects", page);
    await page.getByRole("button", { name: /Account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    await look("account", page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("option", { name: "Tiers" }).waitFor();
    await look("search", page);
    await page.getByRole("combobox").fill("key");
    await page.getByRole("option", { name: /^key/ }).first().waitFor();
    await look("search, with results", page);
    await page.getByRole("combobox").fill("no such thing");
    await page.getByText("Nothing matches.").waitFor();
    await look("search, without results", page);
    await page.keyboard.press("Escape");
    await goTo("/console/projects/new", "Create a project");
    await page.getByRole("button", { name: "Create project" }).click();
    await page.getByRole("alert").waitFor();
    await look("new project, with faults", page);
    await goTo(`/console/projects/${emptyProjectId}`, /project/);
    await page.getByText("No key yet").waitFor();
    await look("no keys", page);
    await goTo(`/console/projects/${projectId}`, /project/);
    await page.getByRole("table").waitFor();
    await look("keys", page);
    await goTo(`/console/projects/${projectId}/keys/new`, "Create a key");
    await page.getByLabel("Metadata").fill("{");
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByText("Enter a JSON object").waitFor();
    await look("new key, with faults of its own", page);
    await page.getByLabel("Metadata").fill("");
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("alert").waitFor();
    await look("new key, with faults", page);
    await page.getByLabel("Name").fill(`Key ${colorScheme} ${viewport.width}`);
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByLabel("Value of the key").waitFor();
    await look("value of a key", page);
    await page.getByRole("button", { name: "I have stored it" }).click();
    await goTo(`/console/projects/${projectId}/keys/${keyId}`, /key/);
    await page.getByText("60 of 60 left").waitFor();
    await look("key", page);
    for (const [action, dialog] of [
      ["Switch off", "Switch the key off"],
      ["Delete", "Delete the key"],
    ] as const) {
      await page.getByRole("button", { name: action }).click();
      await page.getByRole("dialog", { name: dialog }).waitFor();
      await look(dialog, page);
      await page.getByRole("button", { name: "Cancel" }).click();
    }
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").waitFor();
    await look("rotate", page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("button", { name: "Revoke for good" }).click();
    await look("revoke, with faults", page);
    await goTo(`/console/projects/${projectId}/explorer`, "Try a key");
    await page.getByText("No verdict yet").waitFor();
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("Enter the value of a key.").waitFor();
    await look("explorer, with faults", page);
    await page.getByLabel("Key", { exact: true }).fill(keyValue);
    await page.getByLabel("Cost").fill("0");
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("60 of 60 left").waitFor();
    await look("explorer, with a verdict", page);
    for (const language of ["TypeScript", "Python", "Go"]) {
      await page.getByRole("tab", { name: language }).click();
      await look(`explorer, ${language}`, page);
    }
    await page.getByRole("combobox", { name: "Scopes" }).fill("orders:write");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByRole("alert").waitFor();
    await look("explorer, with a refusal", page);
    await goTo("/console/tiers", "Tiers");
    await page.getByRole("table").waitFor();
    await look("tiers", page);
    await goTo("/console/tiers/new", "Create a tier");
    await page.getByRole("button", { name: "Create tier" }).click();
    await page.getByRole("alert").waitFor();
    await look("new tier, with faults", page);
    await goTo("/console/tiers/of/pro", "Tier pro");
    await look("tier", page);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").waitFor();
    await look("delete a tier", page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await goTo("/console/projects/23456789abcdef", "This cannot be shown");
    await look("no such project", page);
    await goTo("/console/nowhere", "There is no such page.");
    await look("nowhere", page);
    if (viewport === narrow) {
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("dialog").waitFor();
      await look("menu", page);
    }
    expect(found).toEqual({});
  });
});
