import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { ask, isOpen, newPerson, signIn } from "../../../rules/sign_in/people.js";
import { newProject } from "../../../support/fixtures.js";
import { startTestInstance } from "../../../support/instance.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { dialogInFocus, visit, visitAs } from "./browser.js";

test("an owner who is alone is told to invite others, and does: the link is shown once, and leads in", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using own = await startTestInstance();
  const [weather, other] = [
    await newProject(own.clients, { name: "Weather API" }),
    await newProject(own.clients, { name: "Orders API" }),
  ];
  const { page, context, complaints } = await visitAs(browser, own, UserRole.OWNER);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Users" }).press("Enter");
  await page.getByText("You are the only one").waitFor();
  await page.getByRole("row", { name: /\(you\)/ }).waitFor();
  await page.getByRole("link", { name: "Invite" }).press("Enter");
  await page.getByRole("heading", { name: "Invite somebody" }).waitFor();
  await page.getByLabel("Email").fill("grace");
  await page.keyboard.press("Enter");
  await page.getByText(/must be an? (email )?address/i).waitFor();
  await page.getByLabel("Email").fill("grace@example.com");
  await page.getByLabel("Role").selectOption("Developer: reads, writes, verifies keys");
  const projects = page.getByRole("combobox", { name: "Projects" });
  await projects.fill("weather");
  await page.getByRole("option", { name: "Weather API" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Make the invitation" }).press("Enter");
  const link = await page.getByLabel("Link of the invitation").inputValue();
  expect(link).toMatch(/\/console\/register#code=alt_invite_/);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "I have it" }).click();
  await page.getByRole("heading", { name: "grace@example.com" }).waitFor();
  const code = link.slice(link.indexOf("#code=") + "#code=".length);
  expect(await page.content()).not.toContain(code);
  expect(JSON.stringify(await context.storageState())).not.toContain(code);
  expect(await memoryOf(page)).not.toContain(code);
  const [invited] = (await own.clients.users.queryUsers({ query: { keyword: "grace" } })).data;
  expect(invited).toMatchObject({ role: UserRole.DEVELOPER, projectIds: [weather], allProjects: false });
  expect(other).not.toBe(weather);

  // Another link ends the one before.
  await page.getByRole("button", { name: "Invite again" }).click();
  const second = await page.getByLabel("Link of the invitation").inputValue();
  expect(second).not.toBe(link);
  await page.getByRole("button", { name: "I have it" }).click();
  const person = { username: "grace", email: "grace@example.com", password: "wintry-orchard-41-lamp" };
  const register = async (url: string) => {
    const invitation = url.slice(url.indexOf("#code=") + "#code=".length);
    const body = { ...person, confirm_password: person.password, invitation };
    return (await ask(own, "POST /api/auth/register", { body })).status;
  };
  expect(await register(link)).toBe(403);
  expect(await register(second)).toBe(201);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "grace" }).waitFor();
  await page.getByText("Active").waitFor();
  expect(complaints()).toEqual([]);
});

test("a user's role and projects are changed, and the user is shut out, let in again, signed out and deleted", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { name: "Maps API" });
  const person = await newPerson(instance, UserRole.VIEWER, { projectIds: [projectId] });
  const { cookie } = await signIn(instance, person);
  const { page, complaints } = await visitAs(browser, instance, UserRole.OWNER, {
    path: `/console/users/${person.id}`,
  });
  const held = async () => (await instance.clients.users.getUser({ userId: person.id })).user;
  await page.getByText("Maps API").first().waitFor();
  await page.getByLabel("Role").selectOption("Admin: everything but users");
  await page.getByLabel("Reaches").selectOption("Every project, those to come included");
  await page.getByLabel("Name that others see").fill("Grace H.");
  await page.getByRole("button", { name: "Save" }).press("Enter");
  await page.getByText(/Saved\. In force everywhere since/).waitFor();
  expect(await held()).toMatchObject({
    role: UserRole.ADMIN,
    allProjects: true,
    projectIds: [],
    displayName: "Grace H.",
  });
  await page.getByRole("heading", { level: 1, name: "Grace H." }).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Nothing was changed, so nothing was sent.").waitFor();

  expect(await isOpen(instance, cookie)).toBe(true);
  await page.getByRole("button", { name: "End sessions" }).press("Enter");
  // The button that does nothing has the focus.
  await dialogInFocus(page);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await isOpen(instance, cookie)).toBe(true);
  await page.getByRole("button", { name: "End sessions" }).click();
  await page.getByRole("button", { name: "End all sessions" }).click();
  await page.getByText(/The sessions of Grace H\. are over\. In force everywhere since/).waitFor();
  expect(await isOpen(instance, cookie)).toBe(false);

  await page.getByRole("button", { name: "Shut out" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Shut out" }).click();
  await page.getByText(/Grace H\. is shut out\./).waitFor();
  expect((await signIn(instance, person)).answer.status).toBe(401);
  await page.getByRole("button", { name: "Let in again" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Let in again" }).click();
  await page.getByText(/Grace H\. may sign in again\./).waitFor();
  expect((await signIn(instance, person)).answer.status).toBe(200);

  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByText(/Grace H\. is deleted\. In force everywhere since/).waitFor();
  expect(new URL(page.url()).pathname).toBe("/console/users");
  await expect.poll(() => page.getByRole("link", { name: "Grace H." }).count()).toBe(0);
  expect((await signIn(instance, person)).answer.status).toBe(401);
  await page.goto(`${instance.url}/console/users/${person.id}`);
  await page.getByRole("alert").getByText("There is no such user.").waitFor();
  expect(complaints().filter((text) => !text.includes("status of 404"))).toEqual([]);
});

test("of two who change a user at once, the second is told and overwrites nothing", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { users } = instance.clients;
  const { id: userId } = await newPerson(instance, UserRole.VIEWER, { allProjects: true });
  const path = `/console/users/${userId}`;
  const { page } = await visitAs(browser, instance, UserRole.OWNER, { path });
  const name = page.getByLabel("Name that others see");
  const held = async () => (await users.getUser({ userId })).user;
  // What whoever looks at the page does there themselves is no change of others.
  await name.fill("Grace");
  await page.getByRole("button", { name: "Shut out" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Shut out" }).click();
  await page.getByRole("button", { name: "Let in again" }).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/Saved\./).waitFor();
  expect(await held()).toMatchObject({ displayName: "Grace", disabled: true });

  await users.updateUser({ userId, role: UserRole.DEVELOPER });
  await page.getByLabel("Role").selectOption("Admin: everything but users");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("Somebody has changed it meanwhile.").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByRole("dialog").getByText("Somebody has changed it meanwhile.").waitFor();
  expect((await held())?.role).toBe(UserRole.DEVELOPER);
  await page.reload();
  await page.getByLabel("Role").selectOption("Admin: everything but users");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/Saved\./).waitFor();
  expect((await held())?.role).toBe(UserRole.ADMIN);
});

test("the last owner stays one, and is told so", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using own = await startTestInstance();
  const { page, person } = await visitAs(browser, own, UserRole.OWNER);
  await newPerson(own, UserRole.VIEWER, { allProjects: true });
  await page.goto(`${own.url}/console/users/${person.id}`);
  await page.getByLabel("Role").selectOption("Viewer: reads");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText("This is the last owner who can sign in.").waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("This is you. You are signed out by it.").waitFor();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByRole("dialog").getByText("This is the last owner who can sign in.").waitFor();
  expect((await own.clients.users.getUser({ userId: person.id })).user?.role).toBe(UserRole.OWNER);
});

test("the listing goes on by tokens, and is narrowed and ordered by the address", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using own = await startTestInstance();
  for (let number = 100; number < 152; number++) {
    const role = number === 120 ? UserRole.ADMIN : UserRole.VIEWER;
    await own.clients.users.inviteUser({ email: `visitor-${number}@example.com`, role });
  }
  const { page } = await visitAs(browser, own, UserRole.OWNER, { path: "/console/users" });
  await page.getByRole("link", { name: "visitor-151@example.com" }).waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("link", { name: "visitor-100@example.com" }).waitFor();
  await page.getByLabel("Order").selectOption("By address");
  await page.getByRole("link", { name: "visitor-100@example.com" }).waitFor();
  await page.getByRole("main").getByLabel("Search").fill("tor-12");
  await expect.poll(() => page.getByRole("row").count()).toBe(11);
  await page.getByLabel("Role").selectOption("Admin");
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  await page.reload();
  await page.getByRole("link", { name: "visitor-120@example.com" }).waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  expect(new URL(page.url()).search).toBe("?sort=email&keyword=tor-12&role=admin");
  await page.getByLabel("Role").selectOption("Owner");
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await page.getByRole("link", { name: "visitor-151@example.com" }).waitFor();
});

test("who may not see users is offered none, led away, and refused by the rpcs", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const { id: userId } = await newPerson(instance, UserRole.VIEWER);
  for (const role of [UserRole.VIEWER, UserRole.ADMIN]) {
    const { page, person, complaints } = await visitAs(browser, instance, role);
    expect(await page.getByRole("link", { name: "Users" }).count()).toBe(0);
    for (const path of ["users", "users/invite", `users/${userId}`]) {
      await page.goto(`${instance.url}/console/${path}`);
      await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
    }
    const { cookie } = await signIn(instance, person);
    const bodies = {
      QueryUsers: {},
      GetUser: { userId },
      InviteUser: { email: "eve@example.com", role: "USER_ROLE_OWNER" },
      UpdateUser: { userId: person.id, role: "USER_ROLE_OWNER" },
      DeleteUser: { userId },
      RevokeUserSessions: { userId },
    };
    for (const [rpc, body] of Object.entries(bodies)) {
      const refused = await ask(instance, `POST /altalune.v1.UserService/${rpc}`, { cookie, body });
      expect([rpc, refused.status]).toEqual([rpc, 403]);
    }
    expect(complaints().filter((text) => !text.includes("status of 403"))).toEqual([]);
  }
  const stranger = await visit(browser);
  await stranger.page.goto(`${instance.url}/console/users`);
  await stranger.page.getByLabel("Username or email").waitFor();
});
