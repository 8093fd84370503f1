import { sql } from "kysely";
import { Secret, TOTP } from "otpauth";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { goodPassword, isOpen, signIn } from "../../../rules/sign_in/people.js";
import { startTestInstance, type TestInstance } from "../../../support/instance.js";
import { withAuthenticator } from "../authenticator.js";
import { launchBrowser, type OwnBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { dialogInFocus, fillSignIn, inside, startNamed, visitAs } from "./browser.js";

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());

const path = "/console/account";

test("one's own sessions are listed, the one of now marked, and ended one by one or all others at once", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, person, complaints } = await visitAs(browser, instance, UserRole.VIEWER);
  await page.getByRole("button", { name: /Account of/ }).press("Enter");
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await page.getByText("You are signed in here alone.").waitFor();
  const others: string[] = [];
  for (const agent of ["curl/8.5.0", "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "b/1", "c/1"]) {
    others.push((await signIn(instance, person, { headers: { "user-agent": agent } })).cookie);
  }
  const open = async () => Promise.all(others.map((cookie) => isOpen(instance, cookie)));
  await page.reload();
  await page.getByRole("row", { name: /this one/ }).waitFor();
  expect(await page.getByRole("row").count()).toBe(6);
  await page
    .getByRole("row", { name: /this one/ })
    .getByRole("button", { name: "Sign out" })
    .waitFor();
  await page.getByRole("button", { name: /End the session of Firefox, Windows/ }).press("Enter");
  await page.getByText("The session is over.").waitFor();
  await expect.poll(() => page.getByRole("row").count()).toBe(5);
  expect(await open()).toEqual([true, false, true, true]);
  await page.getByRole("button", { name: "End all others" }).click();
  await page.getByText("All other sessions are over.").waitFor();
  await page.getByText("You are signed in here alone.").waitFor();
  expect(await open()).toEqual([false, false, false, false]);
  expect(complaints()).toEqual([]);
  // Whose own session is ended elsewhere meanwhile signs in again.
  await instance.clients.users.revokeUserSessions({ userId: person.id });
  await page.getByLabel("Current password").fill(goodPassword);
  await page.getByLabel("New password", { exact: true }).fill("quiet-harbour-17-kite");
  await page.getByLabel("New password again").fill("quiet-harbour-17-kite");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your session has ended.").waitFor();
});

test("the password is changed by who knows it, and what is wrong is said at its field", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, person, complaints } = await visitAs(browser, instance, UserRole.VIEWER, { path });
  const { cookie } = await signIn(instance, person);
  const next = "quiet-harbour-17-kite";
  const [now, wanted, again] = [
    page.getByLabel("Current password"),
    page.getByLabel("New password", { exact: true }),
    page.getByLabel("New password again"),
  ];
  const submit = () => page.getByRole("button", { name: "Change password" }).press("Enter");
  await wanted.fill(next);
  await again.fill(`${next}!`);
  await submit();
  await page.getByText("Enter your current password.").waitFor();
  await page.getByText("That is not the same as the new password.").waitFor();
  await now.fill("another-password-1");
  await again.fill(next);
  await submit();
  await page.getByText("This is not your password.").waitFor();
  expect(await now.getAttribute("aria-invalid")).toBe("true");
  await now.fill(goodPassword);
  await wanted.fill("password1234");
  await again.fill("password1234");
  await submit();
  await page.getByText("Is among those that are tried first; choose another.").waitFor();
  expect((await signIn(instance, person)).answer.status).toBe(200);
  await wanted.fill(next);
  await again.fill(next);
  await submit();
  await page.getByText("The password is changed").waitFor();
  expect([await now.inputValue(), await wanted.inputValue(), await again.inputValue()]).toEqual(["", "", ""]);
  expect(await isOpen(instance, cookie)).toBe(false);
  expect((await signIn(instance, { ...person, password: next })).answer.status).toBe(200);
  await page.reload();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  expect(complaints()).toEqual([]);
});

test("an authenticator is set up by its QR code or secret, with recovery codes shown once, and is removed", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, context, person, complaints } = await visitAs(browser, instance, UserRole.VIEWER, { path });
  await page.getByRole("button", { name: "Set up" }).press("Enter");
  await dialogInFocus(page);
  await page.keyboard.type("another-password-1");
  await page.keyboard.press("Enter");
  await page.getByText("This is not your password.").waitFor();
  await page.getByLabel("Your password").fill(goodPassword);
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: "QR code of the secret" }).waitFor();
  const secret = (await page.getByRole("dialog").getByRole("definition").textContent()) ?? "";
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const code = page.getByRole("dialog").getByLabel("Code");
  const good = totp.generate();
  await code.fill(good === "000000" ? "000001" : "000000");
  await page.keyboard.press("Enter");
  await page.getByText("This code is not the one of now.").waitFor();
  await code.fill(totp.generate());
  await page.keyboard.press("Enter");
  const codes = (await page.getByLabel("Recovery codes").inputValue()).split("\n");
  expect(codes).toHaveLength(10);
  await page.getByRole("button", { name: "I have stored them" }).click();
  await page.getByText("The authenticator is set up.").waitFor();
  await page.getByText("10 recovery codes are left.").waitFor();
  const memory = await memoryOf(page);
  for (const shown of [secret, ...codes]) {
    expect(memory.includes(shown)).toBe(false);
    expect(JSON.stringify(await context.storageState())).not.toContain(shown);
  }
  expect((await signIn(instance, person)).answer.body.error).toBe("SECOND_FACTOR_REQUIRED");
  await page.getByRole("button", { name: "Remove authenticator" }).click();
  await page.getByLabel("Your password").fill(goodPassword);
  await page.getByRole("dialog").getByRole("button", { name: "Remove authenticator" }).click();
  await page.getByText("The authenticator is removed.").waitFor();
  expect((await signIn(instance, person)).answer.status).toBe(200);
  expect(complaints()).toEqual([]);
});

test("a passkey is added, signs in beside the password, by keyboard, and is removed", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using named = await startNamed();
  const { page, person, complaints } = await visitAs(browser, named, UserRole.DEVELOPER, { path });
  const { cdp, authenticatorId } = await withAuthenticator(page);
  await page.getByText("You have none.", { exact: false }).last().waitFor();
  await page.getByRole("button", { name: "Add a passkey" }).press("Enter");
  await dialogInFocus(page);
  await page.keyboard.type("Laptop");
  await page.keyboard.press("Tab");
  await page.keyboard.type(goodPassword);
  await page.keyboard.press("Enter");
  expect((await page.getByLabel("Recovery codes").inputValue()).split("\n")).toHaveLength(10);
  await page.getByRole("button", { name: "I have stored them" }).click();
  await page.getByText("The passkey Laptop is added.").waitFor();
  await page
    .getByRole("row", { name: /Laptop/ })
    .getByText("never")
    .waitFor();

  // The browser makes no second one on the same device.
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByLabel("Your password").fill(goodPassword);
  await page.keyboard.press("Enter");
  await page.getByText("This device has a passkey of yours already.").waitFor();
  await page.keyboard.press("Escape");

  await signOut(page);
  await fillSignIn(page, person);
  await page.getByRole("heading", { name: "Second step" }).waitFor();
  // Of a device that does not know the user nothing comes.
  const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
  await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
  const show = page.getByRole("button", { name: "Use a passkey" });
  expect(await show.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("No passkey was shown").waitFor();
  for (const credential of credentials) {
    await cdp.send("WebAuthn.addCredential", { authenticatorId, credential });
  }
  await show.press("Enter");
  await inside(page).waitFor();
  expect(new URL(page.url()).pathname).toBe(path);
  await page.getByRole("row", { name: /Laptop/ }).waitFor();
  expect(
    await page
      .getByRole("row", { name: /Laptop/ })
      .getByText("never")
      .count(),
  ).toBe(0);

  await page.getByRole("button", { name: "Remove the passkey Laptop" }).click();
  await page.getByLabel("Your password").fill(goodPassword);
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("The passkey Laptop is removed.").waitFor();
  await signOut(page);
  await fillSignIn(page, person);
  await inside(page).waitFor();
  expect(complaints()).toEqual([]);
});

test("whoever has a passkey comes in by a recovery code, and a copied passkey is told to be no good", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using named = await startNamed();
  const { page, person, cdp, authenticatorId, recoveryCode } = await withPasskeyOf(browser, named);
  // Another key under the same name: what it signs does not hold.
  const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
  const [mine] = credentials;
  await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
  const forged = await page.evaluate(async () => {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
    const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
    return btoa(String.fromCharCode(...key));
  });
  if (mine === undefined) {
    throw new Error("the passkey is not in the browser");
  }
  await cdp.send("WebAuthn.addCredential", { authenticatorId, credential: { ...mine, privateKey: forged } });
  await fillSignIn(page, person);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("alert").getByText("This passkey is not good here.").waitFor();
  await page.getByLabel("Code").fill(recoveryCode);
  await page.keyboard.press("Enter");
  await inside(page).waitFor();
});

test("whoever's second factor is taken away meanwhile comes in by the password when another passkey is asked for", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using named = await startNamed();
  const { page, person, cdp, authenticatorId } = await withPasskeyOf(browser, named);
  await fillSignIn(page, person);
  await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
  const show = page.getByRole("button", { name: "Use a passkey" });
  await show.click();
  await page.getByRole("alert").getByText("No passkey was shown").waitFor();
  await sql`delete from altalune_user_passkeys`.execute(named.db);
  await show.click();
  await inside(page).waitFor();
});

test("who comes by a number is told that passkeys take a name", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path });
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByLabel("Your password").fill(goodPassword);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Browsers make passkeys for names alone.").waitFor();
});

/** Somebody who has added a passkey, and is signed out. */
async function withPasskeyOf(browser: OwnBrowser, named: TestInstance) {
  const { page, person } = await visitAs(browser, named, UserRole.VIEWER, { path });
  const authenticator = await withAuthenticator(page);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByLabel("Your password").fill(goodPassword);
  await page.keyboard.press("Enter");
  const [recoveryCode = ""] = (await page.getByLabel("Recovery codes").inputValue()).split("\n");
  await page.getByRole("button", { name: "I have stored them" }).click();
  await signOut(page);
  return { page, person, ...authenticator, recoveryCode };
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Username or email").waitFor();
}
