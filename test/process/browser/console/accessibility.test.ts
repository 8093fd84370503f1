import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../../gen/altalune/v1/api_key_pb.js";
import { newTrail, type Trail } from "../../../rules/audit/trail.js";
import { goodPassword, signIn } from "../../../rules/sign_in/people.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import type { TestInstance } from "../../../support/instance.js";
import { withAuthenticator } from "../authenticator.js";
import { usedFrom } from "../sources.js";
import { breakAt } from "../trail.js";
import { codes, used } from "../usage.js";
import { fillSignIn, launchBrowser, narrow, startNamed, visit } from "./browser.js";
import { looking, looks, visitToLook } from "./looking.js";

let instance: TestInstance;
let projectId: string;
let emptyProjectId: string;
let keyId: string;
let brokenTrail: Trail;
let keyValue: string;
beforeAll(async () => {
  instance = await startNamed();
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
  await used(instance, keyId, 1, 7, codes.valid, codes.rate_limited, codes.expired);
  const call = { sourceIp: "2001:db8:7::1", userAgent: `client/${"long-".repeat(40)}`, cost: 0 };
  await usedFrom(instance, { projectId, id: keyId, value: keyValue }, call);
  brokenTrail = await newTrail(instance, 3);
  await breakAt(instance, brokenTrail, 2);
});
afterAll(() => instance.stop());

describe.each(looks)("in the %s look on a %s screen", (colorScheme, _width, viewport) => {
  const settings = { colorScheme, viewport, reducedMotion: "reduce" } as const;

  const visitAsOwner = (browser: Browser) => visitToLook(browser, instance, settings);

  test("neither sign-in nor projects have anything that axe finds at fault, or are cut off", async ({ skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();

    const outside = await visit(browser, settings);
    await outside.context.addInitScript({ content: axe.source });
    await outside.page.goto(`${instance.url}/console?sign_in_error=OIDC_FLOW_INVALID`);
    await outside.page.getByRole("alert").waitFor();
    await look("sign in, refused", outside.page);
    await outside.page.getByRole("button", { name: "Sign in" }).click();
    await outside.page.getByText("Enter your password.").waitFor();
    await look("sign in, with faults", outside.page);

    const { page, goTo } = await visitAsOwner(browser);
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
    expect(found).toEqual({});
  });

  test("nor have keys", async ({ skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();
    const { page, goTo } = await visitAsOwner(browser);
    await goTo(`/console/projects/${emptyProjectId}`, /project/);
    await page.getByText("No key yet").waitFor();
    await look("no keys", page);
    await goTo(`/console/projects/${projectId}`, /project/);
    await page.getByRole("table").waitFor();
    await look("keys", page);
    await page.getByLabel("Search by name").fill(keyValue);
    await page.getByText("This looks like the value of a key").waitFor();
    await look("keys, with a value in the field", page);
    await goTo(`/console/projects/${projectId}?keyword=${keyValue}`, /project/);
    await page.getByRole("alert").waitFor();
    await look("keys, with a filter that is refused", page);
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
    await page.getByText("Nothing is known of these days.").waitFor();
    await look("key that nobody has used", page);
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
    expect(found).toEqual({});
  });

  test("nor has the explorer", async ({ skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();
    const { page, goTo } = await visitAsOwner(browser);
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
    expect(found).toEqual({});
  });

  test("nor have tiers, settings, and what is not there", async ({ skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();
    const { page, goTo } = await visitAsOwner(browser);
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
    await goTo(`/console/projects/${projectId}/settings`, "Settings");
    await page.getByRole("button", { name: "Add an issuer" }).click();
    await page.getByLabel("Color").fill("blue");
    await page.getByRole("button", { name: "Save owners' access" }).click();
    await page.getByRole("alert").waitFor();
    await look("settings, with faults", page);
    await page.getByRole("textbox", { name: "Keys an owner may hold" }).fill(`${viewport.width}`);
    await instance.clients.projects.updateProject({ projectId, maxKeysPerOwner: 20 });
    await page.getByRole("button", { name: "Save project" }).click();
    await page.getByRole("button", { name: "Load it as it is now" }).waitFor();
    await look("settings, changed meanwhile", page);
    await page.getByRole("button", { name: "Delete project" }).click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByText("That is not its name.").waitFor();
    await look("delete a project", page);
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

  test("nor have usage and trails", async ({ skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();
    const { page, goTo } = await visitAsOwner(browser);
    await goTo(`/console/projects/${projectId}/keys/${keyId}`, /key/);
    await page.getByText("These numbers as a table").click();
    await page.getByRole("button", { name: "api_key.created" }).click();
    await page.locator(".recharts-bar-rectangle").first().waitFor();
    await page.getByRole("table", { name: "Agents" }).waitFor();
    await look("key, with its usage and an event open", page);
    await goTo(`/console/projects/${projectId}/usage`, /Usage of project/);
    await page.getByText("These numbers as a table").click();
    await page.locator(".recharts-bar-rectangle").first().waitFor();
    await look("usage", page);
    await goTo(`/console/projects/${emptyProjectId}/usage`, /Usage of project/);
    await page.getByText("No call in this time").waitFor();
    await look("no usage", page);
    await goTo(`/console/projects/${projectId}/trail`, /Trail of project/);
    await page.getByRole("button", { name: "api_key.revoked" }).click();
    await look("trail, with an event open", page);
    await page.getByRole("button", { name: "Check the chain" }).click();
    await page.getByLabel("Head from before").fill("no head");
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByText("This is no head.").waitFor();
    await look("check, with faults", page);
    await page.getByLabel("Head from before").fill("");
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByText("The chain is whole.").waitFor();
    await look("check, whole", page);
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Export the head" }).click();
    await page.getByLabel("Head of the trail").waitFor();
    await look("head of a trail", page);
    await page.getByRole("button", { name: "Close" }).click();
    await goTo(`/console/projects/${brokenTrail.projectId}/trail?keyword=nothing-like-it`, /Trail of project/);
    await page.getByText("No event matches").waitFor();
    await look("no event", page);
    await page.getByRole("button", { name: "Check the chain" }).click();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await look("check, broken", page);
    await goTo("/console/trail", "Trail of the instance");
    await page.getByRole("table").waitFor();
    await look("trail of the instance", page);
    expect(found).toEqual({});
  });

  test("nor has any of users, and of one's own account", async ({ skip }) => {
    await using browser = await launchBrowser(skip);
    const { found, look } = looking();
    const { page, person, goTo } = await visitAsOwner(browser);
    await goTo("/console/users", "Users");
    await page.getByRole("table").waitFor();
    await look("users", page);
    await goTo("/console/users/invite", "Invite somebody");
    await page.getByRole("combobox", { name: "Projects" }).fill("pro");
    await page.getByRole("listbox").getByRole("option").first().waitFor();
    await look("projects to choose from", page);
    await page.getByRole("combobox", { name: "Projects" }).press("Tab");
    await page.getByRole("button", { name: "Make the invitation" }).click();
    await page.getByRole("alert").waitFor();
    await look("invite, with faults", page);
    await page.getByLabel("Email").fill(`${colorScheme}-${viewport.width}@example.com`);
    await page.getByRole("button", { name: "Make the invitation" }).click();
    await page.getByLabel("Link of the invitation").waitFor();
    await look("invitation", page);
    await page.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("heading", { level: 1, name: "@example.com" }).waitFor();
    await look("user who was invited", page);
    await goTo(`/console/users/${person.id}`, person.username);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("This is you.").waitFor();
    await look("delete oneself", page);
    await signIn(instance, person, { headers: { "user-agent": "curl/8.5.0" } });
    await goTo("/console/account", "Your account");
    await page.getByRole("row", { name: /curl/ }).waitFor();
    await page.getByLabel("New password again").fill("x");
    await page.getByRole("button", { name: "Change password" }).click();
    await look("account of somebody, with faults", page);
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByLabel("Your password").fill("another-password-1");
    await page.keyboard.press("Enter");
    await page.getByText("This is not your password.").waitFor();
    await look("password again, with faults", page);
    await page.getByLabel("Your password").fill(goodPassword);
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: "QR code of the secret" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("Enter a code.").waitFor();
    await look("authenticator, with faults", page);
    await page.keyboard.press("Escape");
    await withAuthenticator(page);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await look("add a passkey", page);
    await page.getByLabel("Your password").fill(goodPassword);
    await page.keyboard.press("Enter");
    await page.getByLabel("Recovery codes").waitFor();
    await look("recovery codes", page);
    await page.getByRole("button", { name: "I have stored them" }).click();
    await page.getByRole("button", { name: "Remove the passkey" }).waitFor();
    await look("passkeys", page);
    const outside = await visit(browser, settings);
    await outside.context.addInitScript({ content: axe.source });
    await outside.page.goto(`${instance.url}/console`);
    await fillSignIn(outside.page, person);
    await outside.page.getByRole("heading", { name: "Second step" }).waitFor();
    await outside.page.getByRole("button", { name: "Confirm" }).click();
    await outside.page.getByText("Enter a code.").waitFor();
    await look("second step, with faults", outside.page);
    expect(found).toEqual({});
  });
});
