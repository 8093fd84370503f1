import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { SuspiciousPolicy } from "../../../../gen/altalune/v1/project_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { ask, signIn } from "../../../rules/sign_in/people.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { visitPortal } from "../portal/visit.js";
import { holdBack, visitAs } from "./browser.js";

/** One dot. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

test("the rules of a project are changed by keyboard, and what fields must be is said at them", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}`,
  });
  await page.getByRole("link", { name: "Settings" }).press("Enter");
  const name = page.getByLabel("Name", { exact: true }).first();
  await name.fill("x");
  await page.keyboard.press("Enter");
  await page.getByText("Must be at least 2 characters.").waitFor();
  expect(await name.evaluate((field) => field === document.activeElement)).toBe(true);
  await name.fill("Orders API");
  await page.getByLabel("Keys begin with").fill("orders_");
  await page.getByLabel("Keys an owner may hold").fill("many");
  await page.keyboard.press("Enter");
  await page.getByText("Enter a whole number, or leave it empty.").waitFor();
  await page.getByRole("button", { name: "Save project" }).press("Enter");
  const isLedTo = () => page.getByLabel("Keys an owner may hold").evaluate((field) => field === document.activeElement);
  await expect.poll(isLedTo).toBe(true);
  await page.getByLabel("Keys an owner may hold").fill("");
  await page.getByLabel("Keys may be made that never expire").press("Space");
  await page
    .getByRole("combobox", { name: "Scopes of keys that are made without any" })
    .fill("orders:read orders:write");
  await page.getByLabel("Tier of keys that are made without one").selectOption("pro");
  await page.getByRole("button", { name: "Save project" }).press("Enter");
  await page.getByText(/Saved\. In force everywhere since/).waitFor();
  const { project } = await instance.clients.projects.getProject({ projectId });
  expect(project).toMatchObject({
    name: "Orders API",
    keyPrefix: "orders_",
    maxKeysPerOwner: 5,
    allowNeverExpires: true,
    defaultScopes: ["orders:read", "orders:write"],
    defaultTier: "pro",
  });
  // What is saved apart is not touched.
  expect(project?.ownerAccess).toBeUndefined();
  // What the service made of the empty field is what is there from then on.
  await page.getByRole("button", { name: "Save project" }).click();
  await page.getByText("Nothing was changed, so nothing was sent.").waitFor();
  await page.getByRole("link", { name: "Orders API" }).click();
  await page.getByRole("heading", { name: "Orders API" }).waitFor();
  expect(complaints()).toEqual([]);
});

test("of two who change a project at once, the second is told and overwrites nothing", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: "As it was" });
  const { page } = await visitAs(browser, instance, UserRole.OWNER, {
    path: `/console/projects/${projectId}/settings`,
  });
  const cap = page.getByLabel("Keys an owner may hold");
  await cap.fill("7");
  await instance.clients.projects.updateProject({ projectId, maxKeysPerOwner: 9 });
  await page.getByRole("button", { name: "Save project" }).click();
  await page.getByRole("alert").getByText("Somebody has changed it meanwhile.").waitFor();
  const held = async () => (await instance.clients.projects.getProject({ projectId })).project?.maxKeysPerOwner;
  expect(await held()).toBe(9);
  // What cannot be loaded takes the place of nothing.
  await page.route("**/GetProject*", (route) => route.fulfill({ status: 500, json: { code: "internal" } }));
  await page.getByRole("button", { name: "Load it as it is now" }).click();
  await page.getByRole("alert").getByText("Something went wrong.").waitFor();
  expect(await cap.inputValue()).toBe("7");
  await page.unroute("**/GetProject*");
  await page.getByRole("button", { name: "Load it as it is now" }).click();
  await expect.poll(() => cap.inputValue()).toBe("9");
  await cap.fill("7");
  await page.getByRole("button", { name: "Save project" }).click();
  await page.getByText(/Saved\./).waitFor();
  expect(await held()).toBe(7);
  // Both parts of the page are of one state, so that one may be saved after the other.
  await page.getByRole("combobox", { name: "Scopes that owners may give" }).fill("orders:*");
  await page.getByRole("button", { name: "Save owners' access" }).click();
  await expect.poll(() => page.getByText(/Saved\./).count()).toBe(2);

  await instance.clients.projects.updateProject({ projectId, name: "As it is now" });
  await page.getByRole("button", { name: "Delete project" }).click();
  await page.getByLabel("Its name, to be sure").fill("As it was");
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByRole("dialog").getByText("Somebody has changed it meanwhile.").waitFor();
  expect((await instance.clients.projects.getProject({ projectId })).project?.name).toBe("As it is now");
});

test("what becomes of a key that is used oddly is chosen", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/settings`,
  });
  const section = page.getByRole("region", { name: "Odd use" });
  const choice = section.getByLabel("A key that is used oddly");
  await choice.selectOption("is switched off, until somebody switches it on again");
  await section.getByRole("button", { name: "Save odd use" }).press("Enter");
  await section.getByText(/Saved\. In force everywhere since/).waitFor();
  const { project } = await instance.clients.projects.getProject({ projectId });
  expect(project?.suspiciousPolicy).toBe(SuspiciousPolicy.DEACTIVATE);
  await page.reload();
  await expect.poll(() => choice.inputValue()).toBe(`${SuspiciousPolicy.DEACTIVATE}`);
  expect(complaints()).toEqual([]);
});

test("a form waits for another one that is being saved, and is not refused because of it", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/settings`,
  });
  const letThrough = await holdBack(page, "UpdateProject");
  await page.getByLabel("Keys an owner may hold").fill("7");
  await page.getByRole("button", { name: "Save project" }).click();
  const other = page.getByRole("button", { name: "Save odd use" });
  await page.getByLabel("A key that is used oddly").selectOption({ index: 1 });
  await expect.poll(() => other.isDisabled()).toBe(true);
  letThrough();
  await page.getByText(/Saved\./).waitFor();
  await other.click();
  await expect.poll(() => page.getByText(/Saved\./).count()).toBe(2);
  const { project } = await instance.clients.projects.getProject({ projectId });
  expect(project).toMatchObject({ maxKeysPerOwner: 7, suspiciousPolicy: SuspiciousPolicy.DEACTIVATE });
  expect(complaints()).toEqual([]);
});

test("owners' access is set, with an issuer, a logo and what is wrong with each, and the portal looks so", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: "Weather API" });
  const path = `/console/projects/${projectId}/settings`;
  const { page, complaints } = await visitAs(browser, instance, UserRole.ADMIN, { path });
  const save = page.getByRole("button", { name: "Save owners' access" });
  const accessOf = async () => (await instance.clients.projects.getProject({ projectId })).project?.ownerAccess;

  await page.getByRole("textbox", { name: "Longest lifetime" }).fill("99999999");
  await page.getByText("Enter a whole number, at most 730 days, or leave it empty.").waitFor();
  await save.click();
  // Whoever asks is led to what is wrong, wherever it stands.
  const hasFocus = (field: Locator) => field.evaluate((element) => element === document.activeElement);
  await expect.poll(() => hasFocus(page.getByRole("textbox", { name: "Longest lifetime" }))).toBe(true);
  await page.getByRole("alert").getByText("Some fields need another look.").waitFor();
  expect(await accessOf()).toBeUndefined();
  await page.getByRole("textbox", { name: "Longest lifetime" }).fill("30");
  await page.getByRole("textbox", { name: "Usual lifetime" }).fill("36");
  await page.getByLabel("Unit: Usual lifetime").selectOption("hours");
  await page.getByRole("combobox", { name: "Scopes that owners may give" }).fill("weather:read, weather:*");
  await page.getByRole("combobox", { name: "Origins of your pages" }).fill("https://app.example.com/page");
  await page.getByLabel("Tier of owners' keys").selectOption("free");
  await page.getByLabel("Users of Altalune may have keys of their own here").check();
  await page.getByRole("button", { name: "Add an issuer" }).press("Enter");
  const issuer = page.getByRole("group", { name: "Issuer 1" });
  const named = issuer.getByLabel("Issuer", { exact: true });
  expect(await named.evaluate((field) => field === document.activeElement)).toBe(true);
  await named.fill("https://id.example.com");
  await page.getByLabel("Color").fill("blue");
  await save.click();
  await page.getByText("Must be an origin such as https://app.example.com").waitFor();
  await page.getByText("Must be a color such as #1f6feb.").waitFor();
  await issuer.getByText("Enter the address of its keys.").waitFor();
  expect(await issuer.getByLabel("Audience").getAttribute("aria-invalid")).toBe("true");
  expect(await named.getAttribute("aria-invalid")).not.toBe("true");

  await page.getByRole("combobox", { name: "Origins of your pages" }).press("Backspace");
  await page.getByRole("combobox", { name: "Origins of your pages" }).fill("https://app.example.com");
  await issuer.getByLabel("Audience").fill("weather");
  await issuer.getByLabel("Its public keys").selectOption("given");
  await issuer.getByLabel("Key set").fill("{nothing");
  await save.click();
  await issuer.getByText("Enter the JSON of a key set").waitFor();
  await issuer.getByLabel("Key set").fill('{"keys": []}');
  await page.getByLabel("Color").fill("#205080");
  await save.click();
  await issuer.getByText("Must be a JSON Web Key Set of 1 to 20 public keys.").waitFor();
  await issuer.getByLabel("Its public keys").selectOption("address");
  await issuer.getByLabel("Address of its keys").fill("https://id.example.com/keys");
  await issuer.getByRole("combobox", { name: "Algorithms" }).fill("ES256");

  const preview = page.getByRole("figure", { name: "What owners see" });
  await choose(page, "logo.svg", "image/svg+xml", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"));
  await page.getByText("Choose a PNG, a JPEG or a WebP.").waitFor();
  await choose(page, "logo.png", "image/png", Buffer.alloc(32 * 1024 + 1));
  await page.getByText("This picture is larger than 32 KiB.").waitFor();
  // What a file holds, and not what it is called.
  await choose(page, "logo.png", "image/png", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"));
  await save.click();
  await page.getByText("Must be a PNG, a JPEG or a WebP.").waitFor();
  expect(await accessOf()).toBeUndefined();
  await choose(page, "logo.png", "image/png", png);
  await expect
    .poll(() => preview.getByRole("presentation").evaluate((img: HTMLImageElement) => img.naturalWidth))
    .toBe(1);
  await page.getByRole("group", { name: "Look of the portal" }).getByLabel("Name").fill("Weather");
  await preview.getByText("Weather").waitFor();
  await save.click();
  await page.getByText(/Saved\. In force everywhere since/).waitFor();
  expect(await accessOf()).toMatchObject({
    ownerScopes: ["weather:read", "weather:*"],
    maxLifetime: { seconds: 30n * 86_400n },
    defaultLifetime: { seconds: 36n * 3_600n },
    defaultTier: "free",
    allowUsers: true,
    origins: ["https://app.example.com"],
    trustedIssuers: [
      {
        issuer: "https://id.example.com",
        audience: "weather",
        jwksUri: "https://id.example.com/keys",
        algorithms: ["ES256"],
      },
    ],
    branding: { name: "Weather", color: "#205080", logo: new Uint8Array(png) },
  });
  const portal = await visitPortal(browser, instance, projectId);
  await portal.page.getByRole("banner").getByText("Weather").waitFor();

  // What is there is there again, and can be taken away.
  await page.reload();
  await expect.poll(() => page.getByRole("textbox", { name: "Usual lifetime" }).inputValue()).toBe("36");
  expect(await page.getByLabel("Unit: Usual lifetime").inputValue()).toBe("hours");
  expect(await page.getByRole("textbox", { name: "Longest lifetime" }).inputValue()).toBe("30");
  await page.getByRole("button", { name: "Remove the logo" }).press("Enter");
  await page.getByRole("button", { name: "Remove issuer 1" }).press("Enter");
  const add = page.getByRole("button", { name: "Add an issuer" });
  expect(await add.evaluate((button) => button === document.activeElement)).toBe(true);
  await save.click();
  await page.getByText(/Saved\./).waitFor();
  expect(await accessOf()).toMatchObject({ trustedIssuers: [], branding: { name: "Weather", logo: new Uint8Array() } });
  expect(complaints().filter((text) => !text.includes("data:image"))).toEqual([]);
});

test("a project is deleted by who types its name, and its keys are refused", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: "To be gone" });
  const { value } = await newApiKey(instance.clients, projectId);
  const { page } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `/console/projects/${projectId}/settings`,
  });
  await page.getByRole("button", { name: "Delete project" }).press("Enter");
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByText("That is not its name.").waitFor();
  await page.getByLabel("Its name, to be sure").fill("To be gon");
  await page.keyboard.press("Enter");
  await page.getByText("That is not its name.").waitFor();
  expect((await instance.clients.verification.verifyApiKey({ key: value })).valid).toBe(true);
  await page.getByLabel("Its name, to be sure").fill("To be gone");
  await page.keyboard.press("Enter");
  await page.getByText(/The project To be gone is deleted\. In force everywhere since/).waitFor();
  expect((await instance.clients.verification.verifyApiKey({ key: value })).valid).toBe(false);
  await expect.poll(() => page.getByRole("link", { name: "To be gone" }).count()).toBe(0);
});

test("who may not change a project is offered no settings, led away from them, and refused by the rpc", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const path = `/console/projects/${projectId}`;
  for (const role of [UserRole.VIEWER, UserRole.DEVELOPER]) {
    const { page, person } = await visitAs(browser, instance, role, { path, projectIds: [projectId] });
    await page.getByText("No key yet").waitFor();
    expect(await page.getByRole("link", { name: "Settings" }).count()).toBe(0);
    await page.goto(`${instance.url}${path}/settings`);
    await page.getByText("No key yet").waitFor();
    expect(new URL(page.url()).pathname).toBe(path);
    const { cookie } = await signIn(instance, person);
    for (const rpc of ["UpdateProject", "DeleteProject"]) {
      const refused = await ask(instance, `POST /altalune.v1.ProjectService/${rpc}`, { cookie, body: { projectId } });
      expect(refused.status).toBe(403);
    }
  }
  // An admin of other projects does not reach this one.
  const other = await newProject(instance.clients);
  const { page } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: `${path}/settings`,
    projectIds: [other],
  });
  await page.getByRole("alert").getByText("There is no such project").waitFor();
});

async function choose(page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a picture" }).click();
  await (await chooser).setFiles({ name, mimeType, buffer });
}
