import type { Page } from "playwright-core";
import { expect } from "vitest";
import { Granularity } from "../../../../gen/altalune/v1/usage_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { hourMs } from "../../../rules/usage/journal.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../../support/fixtures.js";
import type { TestInstance } from "../../../support/instance.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { codes, used } from "../usage.js";
import { visitAs } from "./browser.js";

const names: Readonly<Record<string, string>> = {
  VERIFICATION_CODE_VALID: "Accepted",
  VERIFICATION_CODE_REVOKED: "Revoked",
  VERIFICATION_CODE_INSUFFICIENT_SCOPE: "Scope missing",
  VERIFICATION_CODE_RATE_LIMITED: "Limit reached",
};

/** The numbers of a table by their columns, first that of the row's name. */
async function numbersOf(page: Page, table: string): Promise<Record<string, string>[]> {
  return page.getByRole("table", { name: table }).evaluate((element) => {
    const columns = [...element.querySelectorAll("thead th")].map(({ textContent }) => textContent ?? "");
    return [...element.querySelectorAll("tbody tr")].map((row) =>
      Object.fromEntries(
        [...row.children].map((cell, place) => [
          columns[place],
          cell.lastElementChild?.textContent ?? cell.textContent,
        ]),
      ),
    );
  });
}

/** What GetUsage says of the columns of the table: the newest bucket first. */
async function toldOf({ clients }: TestInstance, projectId: string, ms: number, granularity: Granularity) {
  const { buckets } = await clients.usage.getUsage({
    projectId,
    startTime: fromNow(-ms),
    endTime: fromNow(0),
    granularity,
  });
  const there = new Set(buckets.flatMap(({ counts }) => Object.keys(counts)));
  return buckets.reverse().map(({ counts }) => {
    const columns = Object.entries(names).filter(([code]) => there.has(code));
    return Object.fromEntries(columns.map(([code, name]) => [name, (counts[code] ?? 0n).toLocaleString("en")]));
  });
}

test("usage is drawn and tabled to the number of GetUsage, for each period, with the keys that are used most and why calls were refused", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { clients } = instance;
  const projectId = await newProject(clients, { name: "Orders API" });
  const { id: laptop } = await newApiKey(clients, projectId, { name: "Laptop" });
  const { id: server } = await newApiKey(clients, projectId, { name: "Server" });
  const { id: gone } = await newApiKey(clients, projectId, { name: "Gone" });
  await used(instance, server, 0, 1_234_567, codes.valid);
  await used(instance, server, 1, 41, codes.valid, codes.rate_limited, codes.insufficient_scope);
  await used(instance, laptop, 2, 17, codes.valid, codes.rate_limited);
  await used(instance, laptop, 5 * 24, 3, codes.revoked);
  await used(instance, gone, 20 * 24, 9, codes.valid, codes.valid);
  // Not told: too long ago, and of another project.
  await used(instance, server, 40 * 24, 1_000, codes.valid);
  await used(instance, (await newApiKey(clients, await newProject(clients))).id, 0, 1_000, codes.valid);
  await clients.apiKeys.deleteApiKey({ projectId, apiKeyId: gone });

  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}`,
  });
  await page.getByRole("navigation", { name: "Project" }).getByRole("link", { name: "Usage" }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Usage of Orders API" }).waitFor();
  await page.getByText("Calls: 1,234,625 accepted, 102 refused.").waitFor();
  await page.getByText("These numbers as a table").press("Enter");
  for (const { choice, ms, granularity, column } of [
    { choice: "Last 7 days", ms: 7 * dayMs, granularity: Granularity.DAY, column: "Day (UTC)" },
    { choice: "Last 24 hours", ms: dayMs, granularity: Granularity.HOUR, column: "Hour (UTC)" },
    { choice: "Last 30 days", ms: 30 * dayMs, granularity: Granularity.DAY, column: "Day (UTC)" },
  ]) {
    await page.getByLabel("Time", { exact: true }).selectOption(choice);
    const expected = await toldOf(instance, projectId, ms, granularity);
    const numbers = async () =>
      (await numbersOf(page, "Calls over time")).map(({ [column]: time, ...counts }) => time && counts);
    await expect.poll(numbers).toEqual(expected);
    await expect.poll(() => page.locator(".recharts-xAxis .recharts-cartesian-axis-tick").count()).toBeGreaterThan(1);
    // A bar for each number that is not 0.
    const drawn = expected.flatMap((counts) => Object.values(counts)).filter((count) => count !== "0").length;
    await expect.poll(() => page.locator(".recharts-bar-rectangle path").count()).toBe(drawn);
  }

  const usage = await clients.usage.getUsage({
    projectId,
    startTime: fromNow(-30 * dayMs),
    endTime: fromNow(0),
    granularity: Granularity.DAY,
    topKeys: 10,
  });
  expect(usage.topKeys.map(({ name }) => name)).toEqual(["Server", "Laptop", ""]);
  expect(await numbersOf(page, "Keys used most")).toEqual([
    { Key: "Server", Accepted: "1,234,608", Refused: "82" },
    { Key: "Laptop", Accepted: "17", Refused: "20" },
    { Key: "a deleted key", Accepted: "18", Refused: "0" },
  ]);
  const refusals = await numbersOf(page, "Refusals");
  expect(refusals.map(({ Calls }) => Calls)).toEqual(["58", "41", "3"]);
  await page.getByText("The key had spent its limit of the minute or the day.").waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Laptop" }).press("Enter");

  await page.getByRole("heading", { level: 1, name: "Laptop" }).waitFor();
  await page.getByText("Calls: 17 accepted, 20 refused.").waitFor();
  await expect.poll(() => page.locator(".recharts-bar-rectangle path").count()).toBe(3);
  await page.getByLabel("Time", { exact: true }).selectOption("Last 24 hours");
  await page.getByText("Calls: 17 accepted, 17 refused.").waitFor();
  expect(complaints()).toEqual([]);
});

test("what a bar stands for is told beside it, by UTC", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId);
  await used(instance, id, 3, 1_234, codes.valid, codes.rate_limited);
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}/usage?period=day`,
    timezoneId: "Asia/Kolkata",
  });
  await page.locator(".recharts-bar-rectangle path").first().hover();
  const hour = new Date(Math.floor(Date.now() / hourMs - 3) * hourMs);
  const told = hour.toLocaleString("en", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
  const tooltip = page.locator(".recharts-tooltip-wrapper");
  await tooltip.getByText(told).waitFor();
  expect(await tooltip.getByText("1,234").count()).toBe(2);
  expect(complaints()).toEqual([]);
});

test("where nothing was asked yet, it is said what would be here", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: `/console/projects/${projectId}/usage` });
  await page.getByText("Each time that your API asks whether a key is good").waitFor();
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByText("Nobody has presented this key in this time.").waitFor();
  await instance.clients.verification.verifyApiKey({ key: value });
  await expect
    .poll(
      async () => {
        await page.reload();
        await page.getByRole("heading", { name: "Usage" }).waitFor();
        return page.getByText("Calls: 1 accepted, 0 refused.").or(page.getByText("Nobody has presented")).textContent();
      },
      { timeout: 15_000 },
    )
    .toBe("Calls: 1 accepted, 0 refused.");
});

test("a chart is loaded where there is one, and nowhere before", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId);
  await used(instance, id, 0, 1, codes.valid);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, { path: `/console/projects/${projectId}` });
  await page.getByRole("table").waitFor();
  const charts: string[] = [];
  page.on("request", (request) => request.url().includes("usage-chart") && charts.push(request.url()));
  await page.reload();
  await page.getByRole("table").waitFor();
  expect(charts).toEqual([]);
  await page.getByRole("link", { name: "Usage" }).click();
  await page.locator(".recharts-bar-rectangle path").first().waitFor();
  expect(charts.some((url) => url.endsWith(".js"))).toBe(true);
});
