import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { PortalPermission } from "../../../../gen/altalune/v1/portal_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { bringAxe, looking } from "../axe.js";
import { launchBrowser } from "../launch.js";
import { counted } from "../usage.js";
import { newLink, visitPortal } from "./visit.js";

/** One pixel, red. */
const logo = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
  "base64",
);
const markup = "<img src=x onerror=hit=1>";

/** A page of another origin, with an address in a frame. */
async function framingPage(address: () => string): Promise<AsyncDisposable & { readonly origin: string }> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>Framing</title><iframe width="800" height="600" src="${address()}"></iframe>`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("a page of the project's own origins shows the portal in a frame, and another page does not", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  let link = "";
  await using own = await framingPage(() => link);
  await using other = await framingPage(() => link);
  const projectId = await newProject(instance.clients, { ownerAccess: { origins: [own.origin] } });
  const page = await browser.newPage();
  link = await newLink(instance, projectId);
  await page.goto(own.origin);
  const frame = page.frameLocator("iframe");
  await frame.getByRole("button", { name: "Create key" }).click();
  await frame.getByRole("textbox", { name: "Name" }).fill("Framed");
  await frame.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  // A frame that is not let does not copy.
  await frame.getByRole("button", { name: "Copy" }).click();
  await frame.getByText("The browser does not let it be copied. Select it").waitFor();
  await frame.getByRole("button", { name: "I have stored it" }).click();
  await frame.getByRole("rowheader", { name: "Framed" }).waitFor();

  link = await newLink(instance, projectId);
  await page.goto(other.origin);
  await expect.poll(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/);
  // Its code was not taken.
  await page.goto(link);
  await page.getByRole("rowheader", { name: "Framed" }).waitFor();
});

test.for([
  ["#ffe066", "rgb(0, 0, 0)"],
  ["#102a83", "rgb(255, 255, 255)"],
] as const)(
  "a project of the colour %s has its name read on it, and its logo beside",
  async ([color, text], { instance, skip }) => {
    await using browser = await launchBrowser(skip);
    await using app = await framingPage(() => "about:blank");
    const projectId = await newProject(instance.clients, {
      ownerAccess: { origins: [app.origin], branding: { name: "Orders", color, logo } },
    });
    const { page, complaints } = await visitPortal(browser, instance, projectId, {
      session: { returnUrl: `${app.origin}/settings` },
    });
    const banner = page.getByRole("banner");
    const computed = await banner.evaluate((element) => {
      const style = getComputedStyle(element);
      return [style.backgroundColor, style.color];
    });
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
    expect(computed).toEqual([`rgb(${red}, ${green}, ${blue})`, text]);
    expect(await page.title()).toBe("API keys · Orders");
    await expect
      .poll(() => page.locator("img").evaluate((picture) => (picture as HTMLImageElement).naturalWidth))
      .toBe(1);
    await page.getByRole("link", { name: "Back" }).click();
    await page.waitForURL(`${app.origin}/settings`);
    expect(complaints()).toEqual([]);
  },
);

test("whatever names hold is text wherever it is shown", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { ownerAccess: { branding: { name: markup } } });
  const { page, complaints } = await visitPortal(browser, instance, projectId, { session: { ownerId: markup } });
  await page.getByRole("banner").getByText(markup).waitFor();
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill(markup);
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  await page.getByRole("alert").waitFor();
  expect(await page.title()).toBe(`API keys · ${markup}`);
  expect(await page.locator("img, iframe, [onerror], a, body script").count()).toBe(0);
  expect(await page.evaluate(() => "hit" in globalThis)).toBe(false);
  expect(complaints()).toEqual([]);
});

test("in no look has anything what axe finds at fault, or is cut off", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const origin = "https://app.example.com";
  const projectId = await newProject(instance.clients, {
    ownerAccess: { ownerScopes: ["orders:read"], origins: [origin], branding: { color: "#7a7a7a", logo } },
  });
  const { value } = await newApiKey(instance.clients, projectId, { name: "Laptop", ownerId: "alice" });
  const { code } = await instance.clients.verification.verifyApiKey({ key: value });
  expect(code).toBe(VerificationCode.VALID);
  await counted(instance, projectId, 1);
  const { found, look } = looking();
  const context = await browser.newContext();
  await bringAxe(context);
  const page = await context.newPage();
  await page.goto(`${instance.url}/portal/${projectId}`);
  await page.getByRole("alert").waitFor();
  await look("no code", page);
  await page.goto(await newLink(instance, projectId, { ownerId: "new", permissions: [PortalPermission.READ] }));
  await page.getByText("No key yet").waitFor();
  await look("no key", page);
  await page.goto(await newLink(instance, projectId, { returnUrl: `${origin}/` }));
  await page.getByText("Calls: 1 accepted").waitFor();
  await page.getByRole("rowheader", { name: "Laptop" }).waitFor();
  await look("keys and usage", page);
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  await page.getByRole("alert").waitFor();
  await look("new key, with faults", page);
  await page.getByRole("textbox", { name: "Name" }).fill("Phone");
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  await page.getByLabel("Value of the key").waitFor();
  await look("value of a key", page);
  await page.getByRole("button", { name: "I have stored it" }).click();
  for (const action of ["Rename", "Rotate", "Revoke"]) {
    await page.getByRole("button", { name: `${action} Laptop` }).click();
    await page.getByRole("dialog").waitFor();
    await look(action, page);
    await page.getByRole("button", { name: "Cancel" }).click();
  }
  expect(found).toEqual({});
});
