import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { ask, codeOf, goodPassword, newPerson, signIn } from "../../../rules/sign_in/people.js";
import { signInAtProvider, startWithProvider } from "../../../rules/sign_in/provider.js";
import { newProject } from "../../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../../support/instance.js";
import { launchBrowser } from "../launch.js";
import { fillSignIn, inside, visit, visitAs } from "./browser.js";

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());

test("people sign in by keyboard, after a slip is told at its field, and sign out", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const ada = await newPerson(instance, UserRole.OWNER);
  const { page, context, complaints } = await visit(browser);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(instance.url);
  await page.getByLabel("Username or email").and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("Enter your username or email.").waitFor();
  await page.keyboard.type(ada.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("another-password-1");
  await page.keyboard.press("Enter");
  await page.getByText("That is not the password of this user").waitFor();
  const password = page.getByLabel("Password", { exact: true });
  expect(await password.getAttribute("aria-invalid")).toBe("true");
  // It is selected, so that the next letters take its place.
  const selected = () => password.evaluate((field: HTMLInputElement) => [field.selectionStart, field.selectionEnd]);
  await expect.poll(selected).toEqual([0, "another-password-1".length]);
  await page.keyboard.type(ada.password);
  await page.keyboard.press("Enter");
  await inside(page).waitFor();
  expect(new URL(page.url()).pathname).toBe("/console/projects");

  await page.getByRole("button", { name: `Account of ${ada.username}` }).press("Enter");
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await password.waitFor();
  expect((await context.cookies()).filter(({ name }) => name.includes("session"))).toEqual([]);
  await page.reload();
  await password.waitFor();
  expect(complaints()).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(`${instance.url}/`) && !url.startsWith("data:"))).toEqual([]);
  expect(JSON.stringify(await context.storageState())).not.toContain(ada.password);
});

test("whoever has tried too often is told when to try again", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const eve = await newPerson(instance, UserRole.VIEWER);
  const { page } = await visit(browser);
  await page.goto(`${instance.url}/console`);
  const attempt = async () => {
    const [answer] = await Promise.all([
      page.waitForResponse("**/api/auth/login"),
      fillSignIn(page, { ...eve, password: "another-password-1" }),
    ]);
    return answer.status();
  };
  // The time in which no attempt is let through doubles with each that is: however slow this machine is, one falls into it.
  let status: number;
  do {
    status = await attempt();
  } while (status === 401);
  expect(status).toBe(429);
  expect(await page.getByRole("alert").textContent()).toMatch(
    /^Too many attempts\. Try again in (a second|\d+ seconds), at \d+:\d\d:\d\d [AP]M\.$/,
  );
});

test("whoever has an authenticator is asked for a code, and a recovery code does as well", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const person = await newPerson(instance, UserRole.VIEWER);
  const { cookie } = await signIn(instance, person);
  const begun = await ask(instance, "POST /api/auth/totp", { cookie, body: { password: goodPassword } });
  const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate();
  const confirmed = await ask(instance, "POST /api/auth/totp/confirm", { cookie, body: { totp_code: code } });
  const { page, complaints } = await visit(browser);
  await page.goto(`${instance.url}/console`);
  await fillSignIn(page, person);
  await page.getByRole("heading", { name: "Second step" }).waitFor();
  await page.getByLabel("Code").fill("000000");
  await page.keyboard.press("Enter");
  await page.getByText("This code is not good").waitFor();
  await page.keyboard.type(confirmed.body.recovery_codes[0]);
  await page.keyboard.press("Enter");
  await inside(page).waitFor();
  expect(complaints()).toEqual([]);
});

test("whose session ends meanwhile signs in, and is where they were", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, person } = await visitAs(browser, instance, UserRole.OWNER, {
    path: "/console/projects?keyword=orders",
  });
  await instance.clients.users.revokeUserSessions({ userId: person.id });
  await page.getByRole("link", { name: "Create project" }).click();
  await page.getByLabel("Name").fill("Orders API");
  await page.getByRole("button", { name: "Create project" }).click();
  await page.getByText("Your session has ended.").waitFor();
  expect(page.url()).toBe(`${instance.url}/console/projects/new`);
  await fillSignIn(page, person);
  await page.getByRole("heading", { name: "Create a project" }).waitFor();
  expect(page.url()).toBe(`${instance.url}/console/projects/new`);
});

test("a tab in which nobody did anything follows whoever signs in, or out, in another", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, context, complaints } = await visitAs(browser, instance, UserRole.OWNER, { path: "/console/users" });
  const eve = await newPerson(instance, UserRole.VIEWER);
  const { cookie } = await signIn(instance, eve);
  const [name = "", value = ""] = cookie.split("=");
  await context.addCookies([{ name, value, url: instance.url, httpOnly: true }]);
  const other = await context.newPage();
  await other.goto(`${instance.url}/console/account`);
  await other.getByRole("button", { name: `Account of ${eve.username}` }).waitFor();
  const asEve = page.getByRole("button", { name: `Account of ${eve.username}` });
  await asEve.waitFor();
  // A viewer is led away from the users.
  await page.getByRole("heading", { name: "Projects" }).waitFor();
  await other.getByRole("button", { name: `Account of ${eve.username}` }).click();
  await other.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByText("Your session has ended.").waitFor();
  await fillSignIn(other, eve);
  await asEve.waitFor();
  expect(complaints()).toEqual([]);
});

test("a tab whose session another has taken the place of finds out when somebody comes back to it", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, context } = await visitAs(browser, instance, UserRole.OWNER);
  const eve = await newPerson(instance, UserRole.VIEWER);
  const [name = "", value = ""] = (await signIn(instance, eve)).cookie.split("=");
  await context.addCookies([{ name, value, url: instance.url, httpOnly: true }]);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByRole("button", { name: `Account of ${eve.username}` }).waitFor();
});

test("an answer that comes late ends no session that has begun since", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, person } = await visitAs(browser, instance, UserRole.OWNER);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  await page.route("**/CreateProject", async (route) => {
    const response = await route.fetch();
    await begun;
    await route.fulfill({ response });
  });
  await page.getByRole("link", { name: "Create project" }).click();
  await page.getByLabel("Name").fill("Orders API");
  await instance.clients.users.revokeUserSessions({ userId: person.id });
  await page.getByRole("button", { name: "Create project" }).click();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.getByText("Your session has ended.").waitFor();
  await fillSignIn(page, person);
  await page.getByRole("heading", { name: "Create a project" }).waitFor();
  const [late] = await Promise.all([page.waitForResponse("**/CreateProject"), begin()]);
  expect(late.status()).toBe(401);
  await late.finished();
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("heading", { name: "Users" }).waitFor();
  await inside(page).waitFor();
});

test("whoever signs in at the provider comes back to the page that was asked for", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { altalune, provider } = await startWithProvider();
  await using _altalune = altalune;
  await using _provider = provider;
  const { page } = await visit(browser);
  await page.goto(`${altalune.url}/console/tiers?keyword=pro`);
  const button = page.getByRole("button", { name: "Sign in at your provider" });
  await button.click();
  await page.getByRole("alert").getByText("The provider does not answer.").waitFor();

  await provider.start();
  const projectId = await newProject(altalune.clients);
  const { email } = provider.account;
  await button.click();
  await page.getByRole("alert").getByText("You need an invitation.").waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/console/tiers?keyword=pro");
  const { invitationUrl } = await altalune.clients.users.inviteUser({
    email,
    role: UserRole.VIEWER,
    projectIds: [projectId],
  });
  expect((await signInAtProvider(altalune, codeOf(invitationUrl))).status).toBe(303);
  await button.click();
  await inside(page).waitFor();
  await page.getByRole("heading", { level: 1, name: "Tiers" }).waitFor();
  expect(await page.getByLabel("Search by name").inputValue()).toBe("pro");
  expect(new URL(page.url()).search).toBe("?keyword=pro");

  // An address that is none to come back to keeps nobody out.
  const another = await visit(browser);
  await another.page.goto(`${altalune.url}/console/no%20such.page`);
  await another.page.getByRole("button", { name: "Sign in at your provider" }).click();
  await another.page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
});

test.for([
  ["OIDC_FLOW_INVALID", "This sign-in took longer than 10 minutes"],
  ["<img src=x onerror=alert(1)>", "The sign-in at the provider did not work."],
  ["toString", "The sign-in at the provider did not work."],
])("a provider's refusal, %s, is told in our words, and leaves the address", async ([reason, sentence], { skip }) => {
  await using browser = await launchBrowser(skip);
  const { page } = await visit(browser);
  await page.goto(`${instance.url}/console?${new URLSearchParams({ sign_in_error: reason ?? "" })}`);
  await page
    .getByRole("alert")
    .getByText(sentence ?? "")
    .waitFor();
  expect(new URL(page.url()).search).toBe("");
});
