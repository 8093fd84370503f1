import { expect } from "vitest";
import { ExposurePolicy } from "../../../../gen/altalune/v1/project_pb.js";
import { UserRole } from "../../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../../support/fixtures.js";
import { test } from "../../../support/shared-instance.js";
import { verdictOf } from "../keys.js";
import { launchBrowser } from "../launch.js";
import { memoryOf } from "../memory.js";
import { visitAs } from "./browser.js";

const { VALID, DISABLED, REVOKED } = VerificationCode;
const where = "https://git.example.com/orders/blob/main/.env";

test.for([
  { choice: "works on; it is told of", policy: ExposurePolicy.NOTIFY, told: /and the key works on/, verdict: VALID },
  { choice: "is switched off", policy: ExposurePolicy.DEACTIVATE, told: /and the key is off/, verdict: DISABLED },
  { choice: "is revoked, for good", policy: ExposurePolicy.REVOKE, told: /and the key is revoked/, verdict: REVOKED },
])(
  "a key that is reported as exposed $choice where settings say so, and its events have it",
  async ({ choice, policy, told, verdict }, { instance, skip }) => {
    await using browser = await launchBrowser(skip);
    const projectId = await newProject(instance.clients);
    const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
    const { page, person, complaints } = await visitAs(browser, instance, UserRole.ADMIN, {
      path: `/console/projects/${projectId}/settings`,
    });
    const section = page.getByRole("region", { name: "Exposed keys" });
    await section.getByLabel("A key that is exposed").selectOption(choice);
    await section.getByRole("button", { name: "Save exposure" }).press("Enter");
    await section.getByText(/Saved\. In force everywhere since/).waitFor();
    expect((await instance.clients.projects.getProject({ projectId })).project?.exposurePolicy).toBe(policy);

    await page.goto(`${instance.url}/console/projects/${projectId}/keys/${id}`);
    await page.getByRole("button", { name: "Report as exposed" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Value that was found").fill(value);
    await dialog.getByLabel("Who has found it").fill("gitleaks");
    await dialog.getByLabel("Where").fill(where);
    await page.keyboard.press("Enter");
    await page.getByText(told).waitFor();
    expect(await verdictOf(instance, value)).toBe(verdict);
    await page.getByRole("button", { name: "api_key.exposed" }).press("Enter");
    await page.getByText(`"url": "${where}"`).waitFor();
    await page.getByRole("link", { name: `user:${person.id}` }).waitFor();
    expect(complaints()).toEqual([]);
  },
);

test("what is said of a report is what has become of the key, also where it was reported before", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { exposurePolicy: ExposurePolicy.DEACTIVATE });
  const { id: apiKeyId, value } = await newApiKey(instance.clients, projectId);
  const { page, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${apiKeyId}`,
  });
  const report = async () => {
    await page.getByRole("button", { name: "Report as exposed" }).click();
    await page.getByRole("dialog").getByLabel("Value that was found").fill(value);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };
  await report();
  await page.getByText("The report is noted, and the key is off.").waitFor();
  await instance.clients.apiKeys.activateApiKey({ projectId, apiKeyId });
  await report();
  await page.getByText("The key was reported before, and was switched on since: it stays on.").waitFor();
  expect(await verdictOf(instance, value)).toBe(VALID);
  await instance.clients.projects.updateProject({ projectId, exposurePolicy: ExposurePolicy.NOTIFY });
  await instance.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId });
  await report();
  await page.getByText("The report is noted, and the key is off.").waitFor();
  expect(await verdictOf(instance, value)).toBe(DISABLED);
  expect(complaints()).toEqual([]);
});

test("the value that was found is in no address and no storage, and gone from the page once it is reported", async ({
  instance,
  skip,
}) => {
  await using browser = await launchBrowser(skip);
  const projectId = await newProject(instance.clients, { exposurePolicy: ExposurePolicy.REVOKE });
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "Laptop" });
  const other = await newApiKey(instance.clients, projectId, { name: "Phone" });
  const { page, context, complaints } = await visitAs(browser, instance, UserRole.DEVELOPER, {
    path: `/console/projects/${projectId}/keys/${id}`,
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.postData() ?? ""));
  await page.getByRole("button", { name: "Report as exposed" }).click();
  const dialog = page.getByRole("dialog");
  const field = dialog.getByLabel("Value that was found");
  const report = dialog.getByRole("button", { name: "Report" });
  expect(await field.getAttribute("type")).toBe("password");
  expect(await field.getAttribute("name")).toBeNull();
  await report.click();
  await dialog.getByText("Enter the value that was found.").waitFor();
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  // What was pasted by mistake ends no other key, and is sent nowhere.
  await field.fill(other.value);
  await report.click();
  await dialog.getByText("This is no value of this key").waitFor();
  expect(await verdictOf(instance, other.value)).toBe(VALID);
  expect(sent.filter((body) => body.includes(other.value))).toEqual([]);
  await field.fill(` ${value} `);
  await dialog.getByLabel("Where").fill(`https://git.example.com/?key=${value}`);
  await report.click();
  await dialog.getByText(/^Must not hold a secret/).waitFor();
  expect(await verdictOf(instance, value)).toBe(VALID);
  await dialog.getByLabel("Where").fill(where);
  await report.click();
  await page.getByText(/and the key is revoked\. In force everywhere since/).waitFor();
  expect(await verdictOf(instance, value)).toBe(REVOKED);
  // So it is seen what is sent.
  expect(sent.some((body) => body.includes(value))).toBe(true);
  await page.getByRole("button", { name: "Report as exposed" }).waitFor({ state: "detached" });

  expect(await page.content()).not.toContain(value);
  expect(JSON.stringify(await context.storageState({ indexedDB: true }))).not.toContain(value);
  expect(asked.filter((url) => url.includes(value))).toEqual([]);
  await page.getByRole("link", { name: "Projects" }).first().click();
  await page.getByRole("table", { name: "Projects" }).waitFor();
  await expect.poll(async () => (await memoryOf(page)).includes(value)).toBe(false);
  expect(complaints()).toEqual([]);
});
