import { expect, test } from "vitest";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { markedBlocks } from "../../support/readme.js";
import { launchBrowser } from "./launch.js";

test("the script of a page for users in docs/self-service.md makes a key and revokes it, in a browser", async ({
  skip,
}) => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_REGISTRATION: "open" } });
  await newProject(altalune.clients, { ownerAccess: { allowUsers: true, ownerScopes: ["orders:read"] } });
  await using browser = await launchBrowser(skip);
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  // Any page at the service's own origin.
  await page.goto(`${altalune.url}/docs`);
  const [script = ""] = markedBlocks("docs/self-service.md", "user's page");
  await page.evaluate(`(async () => { ${script} })()`);
  expect(said).toEqual([
    expect.stringMatching(/^Store this key now, it is not shown again: sk-\w{49}$/),
    "[CI: revoked]",
  ]);
  expect(await page.context().cookies()).toMatchObject([{ name: "altalune_device", httpOnly: true }]);
});
