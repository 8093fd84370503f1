import type { BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { freePort } from "../../../../packages/embedded-postgres/src/free-port.js";
import { newPerson, type Person } from "../../../rules/sign_in/people.js";
import { startTestInstance, type TestInstance } from "../../../support/instance.js";
import { complaintsOf } from "../complaints.js";
import type { OwnBrowser } from "../launch.js";

export const wide = { width: 1440, height: 900 };
export const narrow = { width: 360, height: 740 };

/** An instance that browsers come to by a name, as passkeys need it. */
export async function startNamed(): Promise<TestInstance> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  return { ...(await startTestInstance({ env: { PORT: `${port}`, ALTALUNE_PUBLIC_URL: url } })), url };
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** But for what Chromium says of answers with these statuses, which pages expect: not signed in, faults in a form, too many attempts. */
  complaints(): readonly string[];
}

/** A browser of its own, without a session. */
export async function visit(browser: OwnBrowser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: wide, ...options });
  const page = await context.newPage();
  const all = complaintsOf(page);
  return { context, page, complaints: () => all.filter((text) => !/status of (400|401|429)\b/.test(text)) };
}

/** The dialog that has just been opened, once it has the focus: it takes that only after it is drawn, and whatever was pressed before would miss. */
export async function dialogInFocus(page: Page): Promise<Locator> {
  const dialog = page.getByRole("dialog");
  await dialog.locator(":focus").waitFor();
  return dialog;
}

/** Presses Enter at a button of the dialog that has just been opened. */
export async function pressInDialog(page: Page, name: string): Promise<void> {
  await (await dialogInFocus(page)).getByRole("button", { name, exact: true }).press("Enter");
}

export async function fillSignIn(
  page: Page,
  { username, password }: Pick<Person, "username" | "password">,
): Promise<void> {
  await page.getByLabel("Username or email").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Whether somebody is inside. */
export function inside(page: Page) {
  return page.getByRole("navigation", { name: "Main" });
}

/** A browser in which a new person of this role is signed in. */
export async function visitAs(
  browser: OwnBrowser,
  instance: TestInstance,
  role: UserRole,
  { path = "/console", projectIds, ...options }: BrowserContextOptions & { path?: string; projectIds?: string[] } = {},
): Promise<Visit & { readonly person: Person }> {
  const reach = projectIds === undefined ? { allProjects: role !== UserRole.OWNER } : { projectIds };
  const person = await newPerson(instance, role, role === UserRole.OWNER ? {} : reach);
  const visited = await visit(browser, options);
  const { username, password } = person;
  const login = await visited.context.request.post(`${instance.url}/api/auth/login`, { data: { username, password } });
  expect(login.status()).toBe(200);
  await visited.page.goto(instance.url + path);
  await visited.page.locator("h1:not(:text('Sign in'))").waitFor();
  return { ...visited, person };
}

/** What an rpc answers to whoever is signed in on a page. */
export async function statusOf(page: Page, rpc: string, message: object): Promise<number> {
  return page.evaluate(
    async ([path, body]) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(path, { method: "POST", headers, body })).status;
    },
    [`/altalune.v1.${rpc}`, JSON.stringify(message)] as const,
  );
}

/** Goes back, and waits until that is undone. */
export async function goBackInVain(page: Page): Promise<void> {
  const url = page.url();
  await page.evaluate(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let moves = 0;
    addEventListener("popstate", () => {
      moves += 1;
      if (moves === 2) {
        resolve();
      }
    });
    history.back();
    await promise;
  });
  expect(page.url()).toBe(url);
}

/** Has the answers to an rpc wait until they are let through. */
export async function holdBack(page: Page, rpc: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(`**/${rpc}`, async (route) => {
    const response = await route.fetch();
    await promise;
    await route.fulfill({ response });
  });
  return resolve;
}
