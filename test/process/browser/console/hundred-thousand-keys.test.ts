import { sql } from "kysely";
import type { Page, Request } from "playwright-core";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { seedKeys, settle } from "../../../rules/listing/seed.js";
import { newProject } from "../../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../../support/instance.js";
import { launchBrowser, type OwnBrowser } from "../launch.js";
import { walkPages } from "../listing-pages.js";
import { visitAs } from "./browser.js";

const total = 100_000;
const pageSize = 50;

let instance: TestInstance;
let projectId: string;
beforeAll(async () => {
  instance = await startTestInstance();
  projectId = await newProject(instance.clients);
  await seedKeys(instance.db, projectId, total);
  await settle(instance.db);
});
afterAll(() => instance.stop());

/** Where the project's keys are listed. */
function listPath(): string {
  return `/console/projects/${projectId}`;
}

/** Where each of them is, as the tables have them. */
async function stored(where = sql`true`, order = sql`created_at desc, id desc`, most = total) {
  const { rows } = await sql<{ publicId: string }>`
    select public_id as "publicId" from altalune_project_api_keys
    where project_id = (select id from altalune_projects where public_id = ${projectId}) and ${where}
    order by ${order} limit ${most}
  `.execute(instance.db);
  return rows.map(({ publicId }) => `${listPath()}/keys/${publicId}`);
}

/**
 * Does what makes the list ask, until what is asked from then on is answered.
 *
 * @param sorting what it asks for, as JSON has it: what is there already may be asked for anew in the same moment
 */
async function asking(page: Page, act: () => Promise<unknown>, sorting = ""): Promise<void> {
  const isAsked = (one: Request) => one.url().endsWith("/QueryApiKeys") && one.postData()?.includes(sorting) === true;
  const [request] = await Promise.all([page.waitForRequest(isAsked), act()]);
  await request.response();
}

async function idsOf(page: Page, button: "Next" | "Previous", most?: number): Promise<string[]> {
  return (await walkPages(page, button, most)).flatMap(({ ids }) => ids);
}

test("a hundred thousand keys are listed in each order, page by page, and back", async ({ skip }) => {
  await using browser = await launchBrowser(skip);
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER);
  const pages = 20;
  for (const [choice, order, sorting] of [
    ["Newest first", sql`created_at desc, id desc`, '"field":"created_at","order":"SORT_ORDER_DESC"'],
    ["Oldest first", sql`created_at, id`, '"field":"created_at","order":"SORT_ORDER_ASC"'],
    ["By name", sql`name, id`, '"field":"name"'],
    ["Expiring soonest", sql`expires_at, id`, '"field":"expiration"'],
    ["Changed last", sql`updated_at desc, id desc`, '"field":"updated_at"'],
  ] as const) {
    await asking(page, () => page.goto(instance.url + listPath()));
    if (choice !== "Newest first") {
      await asking(page, () => page.getByLabel("Order").selectOption(choice), sorting);
    }
    const expected = await stored(sql`true`, order, pages * pageSize);
    expect([choice, await idsOf(page, "Next", pages)]).toEqual([choice, expected]);
    await page.getByText(`Page ${pages}`, { exact: true }).waitFor();
    const back = (await walkPages(page, "Previous")).map(({ ids }) => ids);
    expect([choice, back.toReversed().flat()]).toEqual([choice, expected]);
  }
  expect(complaints()).toEqual([]);
});

/** Walks through all that is found by a part of a name, once for the tests that look at it: it is 223 pages. */
async function walkFound(skip: TestContext["skip"]) {
  walker ??= await launchBrowser(skip);
  const { page, complaints } = await visitAs(walker, instance, UserRole.VIEWER, { path: listPath() });
  await asking(page, () => page.getByLabel("Search by name").fill("key 9"));
  return { page, complaints, there: await walkPages(page, "Next") };
}
let walker: OwnBrowser | undefined;
let found: Awaited<ReturnType<typeof walkFound>> | undefined;
afterAll(() => walker?.[Symbol.asyncDispose]());

test("what a hundred thousand keys are searched for is walked to its end, and no key is lost or met twice", async ({
  skip,
}) => {
  found ??= await walkFound(skip);
  const { there, complaints } = found;
  const named = await stored(sql`name like 'key 9%'`);
  expect(there.map(({ ids }) => ids.length)).toEqual([...Array(222).fill(pageSize), 11]);
  expect(there.flatMap(({ ids }) => ids)).toEqual(named);
  expect(new Set(named).size).toBe(11_111);
  expect(complaints()).toEqual([]);
});

test("what a hundred thousand keys are searched for is walked back from its end, page by page as it came", async ({
  skip,
}) => {
  found ??= await walkFound(skip);
  const { page, there, complaints } = found;
  const back = await walkPages(page, "Previous");
  expect(back.map(({ ids }) => ids)).toEqual(there.map(({ ids }) => ids).toReversed());
  expect(complaints()).toEqual([]);
});

test("what a hundred thousand keys are narrowed to is walked to its end, and no key is lost or met twice", async ({
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, { path: listPath() });
  const search = page.getByLabel("Search by name");
  const status = page.getByLabel("Status");

  await asking(page, () => search.fill("key 9"));
  // Whoever comes back finds it as it was.
  await asking(page, () => page.reload());
  await asking(page, () => status.selectOption("Revoked"));
  expect(await idsOf(page, "Next")).toEqual(await stored(sql`name like 'key 9%' and revoked_at is not null`));
  await asking(page, () => search.fill(""));
  const revoked = await stored(sql`revoked_at is not null`);
  expect([revoked.length, await idsOf(page, "Next")]).toEqual([total / 400, revoked]);
  await asking(page, () => status.selectOption("Switched off"));
  expect(await idsOf(page, "Next")).toEqual(await stored(sql`not active and revoked_at is null`));
  await asking(page, () => page.getByRole("searchbox", { name: "Owner" }).fill("owner 3"));
  expect(await idsOf(page, "Next")).toEqual(
    await stored(sql`not active and revoked_at is null and owner_id = 'owner 3'`),
  );
  await asking(page, () => search.fill("no such key"));
  await asking(page, () => page.getByRole("button", { name: "Clear search and filters" }).click());
  expect(await idsOf(page, "Next", 3)).toEqual(await stored(sql`true`, undefined, 3 * pageSize));
  expect(complaints()).toEqual([]);
});
