import type { Page } from "playwright-core";
import { expect } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newPerson } from "../../../rules/sign_in/people.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import type { TestInstance } from "../../../support/instance.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser, type OwnBrowser } from "../launch.js";
import { visitAs } from "./browser.js";

/** Lists, and the fields of each that take any text, by their labels; first the one that finds by a part of a name. */
function listsOf(projectId: string): Readonly<Record<string, readonly [string, ...string[]]>> {
  const ofTrail = ["Search by action", "By whom", "To what", "Request"] as const;
  return {
    "/console/projects": ["Search by name"],
    [`/console/projects/${projectId}`]: ["Search by name", "Owner"],
    "/console/users": ["Search"],
    "/console/tiers": ["Search by name"],
    "/console/trail": ofTrail,
    [`/console/projects/${projectId}/trail`]: ofTrail,
  };
}

const fieldOf = (page: Page, label: string) =>
  page.getByRole("main").getByRole("searchbox", { name: label, exact: true });
const keywordOf = (page: Page) => new URL(page.url()).searchParams.get("keyword");

/** Whoever may see every list, each of which has something in it, and the value of a key. */
async function visitLists(browser: OwnBrowser, instance: TestInstance) {
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  await newPerson(instance, UserRole.VIEWER);
  return { projectId, value, ...(await visitAs(browser, instance, UserRole.OWNER)) };
}

test.for([
  { what: "list", isOne: (path: string) => !path.endsWith("/trail") },
  { what: "trail", isOne: (path: string) => path.endsWith("/trail") },
])(
  "the value of a key in a field of a $what is in no address and no request, and it is said what finds it",
  async ({ isOne }, { instance, skip }) => {
    await using browser = await launchBrowser(skip);
    const { projectId, value, page, complaints } = await visitLists(browser, instance);
    // Whatever the history takes up, too: of a page without a referrer it does not tell itself.
    const told: string[] = [];
    page.on("framenavigated", (frame) => told.push(frame.url()));
    page.on("request", (request) => told.push(`${request.url()} ${request.postData() ?? ""}`));
    const looked = async () => {
      await page.clock.runFor(2_000);
      return [...told, page.url()].filter((text) => text.includes(value.slice(4, 30)));
    };
    await page.clock.install();
    for (const [path, labels] of Object.entries(listsOf(projectId)).filter(([at]) => isOne(at))) {
      for (const label of labels) {
        await page.goto(instance.url + path);
        const field = fieldOf(page, label);
        await field.fill(value);
        const hint = page.getByText("This looks like the value of a key");
        await hint.waitFor();
        expect([path, label, await looked()]).toEqual([path, label, []]);
        // Nor is what is left of it while it is deleted.
        for (let left = value.length; left > 30; left--) {
          await field.press("Backspace");
        }
        expect([path, label, await looked()]).toEqual([path, label, []]);
        expect(await field.getAttribute("aria-invalid")).toBe("true");

        await field.fill("nothing-like-it");
        await hint.waitFor({ state: "detached" });
        await page.getByText(/^(Nothing|No event) matches/).waitFor();
        await page.getByRole("button", { name: "Clear search and filters" }).click();
        await page.getByRole("main").getByRole("table").waitFor();
        expect(await field.inputValue()).toBe("");
      }
    }
    expect(complaints()).toEqual([]);
  },
);

test("the secret of a webhook in a list's field is in no address, whatever characters part it", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { projectId, page } = await visitLists(browser, instance);
  const secret = `whsec_${"MfKQ9r8GKYqrTwjU+PD8".repeat(2)}/LwQ=`;
  await page.clock.install();
  for (const label of ["Search by name", "Owner"]) {
    await page.goto(`${instance.url}/console/projects/${projectId}`);
    await fieldOf(page, label).fill(secret);
    await page.getByText("This looks like the value of a key").waitFor();
    await page.clock.runFor(2_000);
    expect(page.url()).not.toContain("whsec");
  }
});

test("an owner that is a hash is looked for all the same", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const ownerId = "0123456789abcdef".repeat(4);
  await newApiKey(instance.clients, projectId, { name: "Laptop", ownerId });
  await newApiKey(instance.clients, projectId, { name: "Phone" });
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: `/console/projects/${projectId}` });
  await fieldOf(page, "Owner").fill(ownerId);
  await expect.poll(() => page.getByRole("rowheader").allTextContents()).toEqual(["Laptop"]);
});

test("a search that the server refuses is told with its rule, and is mended or cleared where it stands", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { projectId, value, page, complaints } = await visitLists(browser, instance);
  for (const [path, [label]] of Object.entries(listsOf(projectId))) {
    const open = async () => {
      await page.goto(`${instance.url}${path}?keyword=${value}`);
      await page.getByRole("alert").getByText("Must not hold a secret").waitFor();
      expect(await fieldOf(page, label).inputValue()).toBe(value);
    };
    await open();
    await page.getByRole("button", { name: "Clear search and filters" }).click();
    await page.getByRole("main").getByRole("table").waitFor();
    expect([await fieldOf(page, label).inputValue(), keywordOf(page)]).toEqual(["", null]);
    await open();
    await fieldOf(page, label).fill("nothing-like-it");
    await page.getByText(/^(Nothing|No event) matches/).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  }
  expect(complaints()).toEqual([]);
});

test("all that is typed slowly on a page that was opened by its address is in the field", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: `/console/projects/${projectId}` });
  await page.reload();
  await fieldOf(page, "Search by name").focus();
  let typed = "";
  for (const letter of "Lapt") {
    await page.keyboard.press(letter);
    typed += letter;
    await expect.poll(() => keywordOf(page)).toBe(typed);
  }
  expect(await fieldOf(page, "Search by name").inputValue()).toBe("Lapt");
});

test("a letter that is typed while the address takes up those before stays", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: `/console/projects/${projectId}` });
  const field = fieldOf(page, "Search by name");
  // At the very moment: the address has changed, and the page is not drawn anew yet.
  await field.evaluate((input) => {
    const replace = history.replaceState.bind(history);
    history.replaceState = (...state) => {
      replace(...state);
      history.replaceState = replace;
      (input as HTMLInputElement).setRangeText("p", 2, 2, "end");
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    };
  });
  await field.fill("La");
  await expect.poll(() => keywordOf(page)).toBe("Lap");
  expect(await field.inputValue()).toBe("Lap");
});

test("whoever takes back a search without hits keeps the field, until it is known what there is", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page } = await visitAs(browser, instance, UserRole.OWNER);
  for (const [path, [label]] of Object.entries(listsOf(projectId))) {
    await page.goto(`${instance.url}${path}?keyword=nothing-like-it`);
    await page.getByText(/^(Nothing|No event) matches/).waitFor();
    const held = Promise.withResolvers<void>();
    await page.route("**/*Service/Query*", async (route) => {
      await held.promise;
      await route.continue();
    });
    const asked = page.waitForRequest("**/*Service/Query*");
    await fieldOf(page, label).press("Control+a");
    await page.keyboard.press("Delete");
    await asked;
    await expect.poll(() => keywordOf(page)).toBeNull();
    expect(await fieldOf(page, label).evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await page.getByRole("main").getByRole("heading", { level: 2 }).count()).toBe(0);
    held.resolve();
    await page.getByRole("main").getByRole("table").waitFor();
    expect(await fieldOf(page, label).evaluate((field) => field === document.activeElement)).toBe(true);
    await page.unroute("**/*Service/Query*");
  }
});
