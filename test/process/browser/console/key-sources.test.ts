import { timestampDate } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { SourceUsage } from "../../../../gen/altalune/v1/usage_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../../support/fixtures.js";
import type { TestInstance } from "../../../support/instance.js";
import { test } from "../../../support/shared-instance.js";
import { launchBrowser } from "../launch.js";
import { usedFrom } from "../sources.js";
import { statusOf, visitAs } from "./browser.js";

const rpc = "UsageService/GetApiKeyUsageBySource";

/** Lets what is known of a key's networks or agents be some days older. */
async function age({ db }: TestInstance, apiKeyId: string, days: number, values: "all" | readonly string[]) {
  await sql`
    update altalune_api_key_sources as source set
      day = day - ${days}::integer, first_at = first_at - make_interval(days => ${days}), last_at = last_at - make_interval(days => ${days})
    from altalune_project_api_keys as key
    where key.public_id = ${apiKeyId} and source.project_id = key.project_id and source.api_key_id = key.id
      and ${values === "all" ? sql`true` : sql`source.value = any(${values})`}
  `.execute(db);
}

/** The rows of a table; of times what programs read. */
async function rowsOf(page: Page, table: string): Promise<(string | null | undefined)[][]> {
  return page.getByRole("table", { name: table }).evaluate((element) =>
    [...element.querySelectorAll("tbody tr")].map((row) =>
      [...row.children].map((cell) => {
        const shown = cell.lastElementChild ?? cell;
        return cell.querySelector("time")?.dateTime ?? shown.textContent;
      }),
    ),
  );
}

function rowOf({ value, verifications, firstAt, lastAt }: SourceUsage) {
  const times = [firstAt, lastAt].map((at) => at && timestampDate(at).toISOString());
  return [value || "all others together", verifications.toLocaleString("en"), ...times];
}

/** What the rpc answers to whoever is signed in. */
async function statusOfSources(page: Page, projectId: string, apiKeyId: string): Promise<number> {
  const [startTime, endTime] = [-dayMs, dayMs].map((ms) => new Date(Date.now() + ms).toISOString());
  return statusOf(page, rpc, { projectId, apiKeyId, startTime, endTime });
}

test("a viewer sees the networks and agents that a key was used from, as the rpc tells them, for the days that are chosen", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const { clients } = instance;
  const projectId = await newProject(clients);
  const { id, value } = await newApiKey(clients, projectId, { name: "Laptop" });
  const hostile = `<img src=x onerror=alert(1)>"'</script>&amp;`;
  await usedFrom(
    instance,
    { projectId, id, value },
    { sourceIp: "203.0.113.9", userAgent: "orders/1.2" },
    { sourceIp: "203.0.113.10", userAgent: "orders/1.2" },
    { sourceIp: "2001:db8:7::1", userAgent: hostile, requiredScopes: ["orders:read"] },
    ...Array.from({ length: 25 }, (_, i) => ({ sourceIp: `198.51.${i}.7`, userAgent: `client/${i}` })),
  );
  await age(instance, id, 3, "all");
  await age(instance, id, 7, ["203.0.113.0/24", "orders/1.2"]);
  const toldOf = async (days: number) => {
    const period = { startTime: fromNow((1 - days) * dayMs), endTime: fromNow(0) };
    const { networks, agents } = await clients.usage.getApiKeyUsageBySource({ projectId, apiKeyId: id, ...period });
    return { networks: networks.map(rowOf), agents: agents.map(rowOf) };
  };

  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}/keys/${id}`,
    projectIds: [projectId],
  });
  const shown = async () => ({ networks: await rowsOf(page, "Networks"), agents: await rowsOf(page, "Agents") });
  await expect.poll(shown).toEqual(await toldOf(31));
  const { networks, agents } = await shown();
  expect(networks.map(([name]) => name)).toEqual(
    expect.arrayContaining(["203.0.113.0/24", "2001:db8:7::/48", "all others together"]),
  );
  expect(networks.find(([name]) => name === "203.0.113.0/24")?.[1]).toBe("2");
  expect(agents.map(([name]) => name)).toEqual(expect.arrayContaining(["orders/1.2", hostile]));
  expect(await page.locator("img, [onerror]").count()).toBe(0);

  const days = page.getByLabel("Days (UTC)");
  await days.selectOption("Last 7 days");
  const ofWeek = await toldOf(7);
  expect(ofWeek.networks.map(([name]) => name)).not.toContain("203.0.113.0/24");
  await expect.poll(shown).toEqual(ofWeek);
  // It is in the address.
  await page.reload();
  await expect.poll(shown).toEqual(ofWeek);
  await days.selectOption("Today");
  await page.getByText("Nothing is known of these days.").waitFor();
  expect(await page.getByRole("table", { name: /Networks|Agents/ }).count()).toBe(0);
  expect(await statusOfSources(page, projectId, id)).toBe(200);
  expect(complaints()).toEqual([]);
});

test("who does not reach the project sees nothing of it, and the page asks for nothing", async ({ instance, skip }) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId);
  const { page } = await visitAs(browser, instance, UserRole.VIEWER, {
    projectIds: [await newProject(instance.clients)],
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
  await page.getByText("There is no such project, or you do not reach it.").waitFor();
  expect(asked.filter((url) => url.endsWith(rpc) || url.includes("key-sources"))).toEqual([]);
  expect(await statusOfSources(page, projectId, id)).toBe(404);
});

test("until it is said where calls come from it is told why nothing is here, and where no agent was said, that", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const { page, complaints } = await visitAs(browser, instance, UserRole.VIEWER, {
    path: `/console/projects/${projectId}`,
  });
  const loaded: string[] = [];
  page.on("request", (request) => request.url().includes("key-sources") && loaded.push(request.url()));
  await page.reload();
  await page.getByRole("link", { name: "Laptop" }).waitFor();
  expect(loaded).toEqual([]);
  await page.getByRole("link", { name: "Laptop" }).click();
  const nothing = page.getByText("did not say where the call came from");
  await nothing.waitFor();
  expect(loaded.some((url) => url.endsWith(".js"))).toBe(true);

  await instance.clients.verification.verifyApiKey({ key: value, userAgent: "orders/1.2" });
  await usedFrom(instance, { projectId, id, value }, { sourceIp: "203.0.113.9" });
  await page.reload();
  await page.getByText("None of these calls came with what the client calls itself").waitFor();
  expect((await rowsOf(page, "Networks")).map((row) => row.slice(0, 2))).toEqual([["203.0.113.0/24", "1"]]);
  expect(await page.getByRole("table", { name: "Agents" }).count()).toBe(0);
  expect(complaints()).toEqual([]);
});
