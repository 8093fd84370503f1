import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { newProject } from "../../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../../support/instance.js";
import { launchBrowser } from "../launch.js";
import { inside, narrow, visitAs } from "./browser.js";

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());

test("an owner is shown what a project is, makes one by keyboard, and is told what its fields must be", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await using own = await startTestInstance();
  const { page, complaints } = await visitAs(browser, own, UserRole.OWNER);
  await page.getByText("A project stands for one API that you guard.").waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Create project" }).waitFor();
  await page.keyboard.press("Tab");
  const skipLink = page.getByRole("link", { name: "Skip to content" });
  expect(await skipLink.evaluate((link) => link === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const heading = page.getByRole("heading", { name: "Create a project" });
  await heading.waitFor();
  expect(await heading.evaluate((title) => title === document.activeElement)).toBe(true);
  expect(await page.title()).toBe("Create a project · Altalune");

  await page.getByLabel("Name").fill("x");
  await page.getByLabel("Keys begin with").fill("sk");
  await page.keyboard.press("Enter");
  await page.getByText("Must be at least 2 characters.").waitFor();
  await page.getByText("and end in - or _.").waitFor();
  // The first that is at fault has the focus.
  await page.keyboard.press("End");
  await page.keyboard.type("-ray API");
  await page.getByLabel("Keys begin with").fill("xray_");
  await page.getByLabel("Keys an owner may hold").fill("a few");
  await page.keyboard.press("Enter");
  await page.getByText("Enter a whole number").waitFor();
  await page.getByLabel("Keys an owner may hold").fill("0");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "x-ray API" }).waitFor();
  const { data } = await own.clients.projects.queryProjects({});
  expect(data).toMatchObject([{ name: "x-ray API", keyPrefix: "xray_", maxKeysPerOwner: 0, allowNeverExpires: false }]);
  await page.getByRole("link", { name: "Projects" }).first().click();
  await page
    .getByRole("row", { name: /x-ray API/ })
    .getByText("no limit")
    .waitFor();
  expect(complaints()).toEqual([]);
});

test("a viewer is offered nothing that would be refused, and is shown the projects that it reaches alone", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const [one, other] = [await newProject(instance.clients), await newProject(instance.clients)];
  const { project } = await instance.clients.projects.getProject({ projectId: one });
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, { projectIds: [one] });
  await page.getByRole("link", { name: project?.name ?? "" }).waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  expect(await page.getByRole("link", { name: /create/i }).count()).toBe(0);
  await page.goto(`${instance.url}/console/projects/${other}`);
  await page.getByRole("alert").getByText("There is no such project, or you do not reach it.").waitFor();
  expect(complaints().filter((text) => !text.includes("status of 404"))).toEqual([]);
});

test("whoever does not reach every project is offered none to make, and nothing of the whole instance, wherever they look", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { page } = await visitAs(browser, instance, UserRole.ADMIN, {
    path: "/console/projects/new",
    projectIds: [projectId],
  });
  await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
  await page.getByRole("table").waitFor();
  expect(new URL(page.url()).pathname).toBe("/console/projects");
  expect(await page.getByRole("link", { name: /create/i }).count()).toBe(0);
  expect(await inside(page).getByRole("link").allTextContents()).toEqual(["Projects", "Tiers"]);
  await page.keyboard.press("Control+k");
  await page.getByRole("option", { name: "Tiers" }).waitFor();
  expect(await page.getByRole("option").allTextContents()).toEqual(["Projects", "Tiers"]);
});

test("whoever reaches no project is told whom to ask", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { projectIds: [] });
  await page.getByText("You reach no project.").waitFor();
});

test("a listing goes on by tokens, a search begins it anew, and the address keeps the search", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  await using own = await startTestInstance();
  for (let number = 100; number < 152; number++) {
    await newProject(own.clients, { name: `Numbered ${number}` });
  }
  const { page } = await visitAs(browser, own, UserRole.ADMIN);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.postData() ?? ""));
  await page.getByRole("link", { name: "Numbered 151" }).waitFor();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("link", { name: "Numbered 100" }).waitFor();
  expect(await page.getByRole("button", { name: "Next" }).isDisabled()).toBe(true);
  expect(asked.some((body) => body.includes("pageToken"))).toBe(true);
  expect(asked.filter((body) => body.includes('"page"'))).toEqual([]);
  await page.getByRole("button", { name: "Previous" }).click();
  await page.getByRole("link", { name: "Numbered 151" }).waitFor();
  await page.getByLabel("Search by name").fill("ed 10");
  await expect.poll(() => page.getByRole("row").count()).toBe(11);
  expect(new URL(page.url()).search).toBe("?keyword=ed+10");
  await page.reload();
  await expect.poll(() => page.getByRole("row").count()).toBe(11);
  await page.getByLabel("Search by name").fill("nowhere to be found");
  await page.getByText("Nothing matches.").waitFor();
});

test("on a narrow screen the way about is behind a button, nothing is cut off, and the look that was chosen stays", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  await newProject(instance.clients, { name: "A project whose name is as long as names may be 50" });
  const { page, person, complaints } = await visitAs(browser, instance, UserRole.ADMIN, { viewport: narrow });
  await page.getByRole("table").waitFor();
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(await overflow()).toBe(0);
  expect(await inside(page).isVisible()).toBe(false);
  await page.getByRole("button", { name: "Menu" }).press("Enter");
  await inside(page).getByRole("link", { name: "Projects" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Account of ${person.username}` }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await expect.poll(ground).toBe("rgb(16, 19, 25)");
  await page.reload();
  await expect.poll(ground).toBe("rgb(16, 19, 25)");
  expect(complaints()).toEqual([]);
});
