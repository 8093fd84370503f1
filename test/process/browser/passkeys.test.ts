import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";
import { createClients, transportTo } from "../../support/instance.js";
import { markedBlocks } from "../../support/readme.js";
import { serve } from "../cli/command.js";
import { ownDatabase } from "../cli/databases.js";
import { withAuthenticator } from "./authenticator.js";
import { launchBrowser } from "./launch.js";

// Starting processes takes as long as the machine is busy.
vi.setConfig({ testTimeout: 120_000 });

const password = "wintry-orchard-41-lamp";

test("in a real browser somebody who is invited adds a passkey, and signs in with the password and it, by the code of docs/users.md", async ({
  skip,
}) => {
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const server = await serve({ ...(await ownDatabase()), PORT: String(port), ALTALUNE_PUBLIC_URL: publicUrl });
  const { users, audit } = createClients(transportTo(server.url, server.rootKey()));
  const email = "grace@example.com";
  const { user, invitationUrl } = await users.inviteUser({ email, role: UserRole.VIEWER });

  await using browser = await launchBrowser(skip);
  const page = await browser.newPage();
  await page.goto(invitationUrl);
  const person = { username: "grace", email, password, confirm_password: password };
  const invitation = new URLSearchParams(new URL(invitationUrl).hash.slice(1)).get("code");
  expect(await ask(page, "POST", "/api/auth/register", { ...person, invitation })).toMatchObject({ status: 201 });
  const { cdp, authenticatorId } = await withAuthenticator(page);

  expect(await documented(page, `signIn("grace", "${password}")`)).toMatchObject({ username: "grace" });
  const added = await documented(page, `addPasskey("${password}", "Laptop")`);
  expect(added).toMatchObject({ name: "Laptop", last_used_at: null });
  expect(added["recovery_codes"]).toHaveLength(10);
  expect(await ask(page, "POST", "/api/auth/logout")).toMatchObject({ status: 204 });
  expect(await ask(page, "GET", "/api/auth/me")).toMatchObject({ status: 401 });

  const alone = await ask(page, "POST", "/api/auth/login", { username: "grace", password });
  expect(alone).toMatchObject({ status: 401, body: { error: "SECOND_FACTOR_REQUIRED", second_factors: ["passkey"] } });
  expect(await documented(page, `signIn("grace", "${password}")`)).toMatchObject({ username: "grace" });
  expect(await ask(page, "GET", "/api/auth/me")).toMatchObject({ status: 200, body: { username: "grace" } });
  const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
  expect(credentials).toMatchObject([{ rpId: "localhost", signCount: 2 }]);

  // The browser itself makes no second one on the same authenticator.
  await expect(documented(page, `addPasskey("${password}")`)).rejects.toThrow("InvalidStateError");
  const path = `/api/auth/passkeys/${added["id"]}`;
  expect(await ask(page, "DELETE", path, { password })).toMatchObject({ status: 204 });
  expect(await documented(page, `signIn("grace", "${password}")`)).toMatchObject({ username: "grace" });
  const { data } = await audit.queryAuditEvents({ query: { filters: { resource_id: { values: [user?.id ?? ""] } } } });
  const told = data.map(({ action }) => action).filter((action) => action.includes("passkey"));
  expect(told.sort()).toEqual(["user.passkey_added", "user.passkey_removed"]);
});

test("a browser that comes by a number is told that passkeys take a name", async ({ skip }) => {
  const port = await freePort();
  const server = await serve({ ...(await ownDatabase()), PORT: String(port) });
  await using browser = await launchBrowser(skip);
  const page = await browser.newPage();
  await withAuthenticator(page);
  await page.goto(/http:\S+#code=\w+/.exec(server.stdout())?.[0] ?? "");
  const invitation = /#code=(\w+)/.exec(server.stdout())?.[1];
  const person = { username: "ada", email: "ada@example.com", password, confirm_password: password, invitation };
  expect(await ask(page, "POST", "/api/auth/register", person)).toMatchObject({ status: 201 });
  await documented(page, `signIn("ada", "${password}")`);
  const refused = await ask(page, "POST", "/api/auth/passkeys/options", { password });
  expect(refused).toMatchObject({ status: 400, body: { error: "PASSKEYS_UNAVAILABLE" } });
});

/** What a call of the documented code comes to, in the page. */
async function documented(page: Page, call: string): Promise<Record<string, unknown>> {
  return page.evaluate(`(async () => { ${markedBlocks("docs/users.md", "passkeys").join("\n")}\nreturn ${call}; })()`);
}

/** What the page's own fetch is answered. */
async function ask(page: Page, method: string, path: string, body?: unknown): Promise<unknown> {
  const init = {
    method,
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  };
  return page.evaluate(`(async () => {
    const response = await fetch(${JSON.stringify(path)}, ${JSON.stringify(init)});
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  })()`);
}
