/**
 * Looks at the pages of a service that has been used for a while, and writes what they look like into docs/images:
 *
 *     node --import ./test/support/typescript-imports.mjs test/process/browser/screenshots-script.ts
 *
 * CHROMIUM names the browser, unless it is on the PATH.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";
import pg from "pg";
import { chromium, type Page } from "playwright-core";
import { runService } from "../chaos/service-process.js";

const images = "docs/images";
const dayMs = 24 * 60 * 60_000;
const person = { username: "ada", password: "a password that is for pictures" };
const wide = { width: 1280, height: 800 };
const narrow = { width: 360, height: 740 };
/** Side by side, to see whether one hand drew them. */
const sideBySide = ["sign-in", "projects", "keys", "key", "owner", "usage", "trail", "webhook", "users", "portal"];

const dataDir = await mkdtemp(join(tmpdir(), "altalune-screenshots-"));
await mkdir(images, { recursive: true });
// As root, the database's OS user has to pass.
await chmod(dataDir, 0o711);
const postgres = await startEmbeddedPostgres({ dataDir });
const service = runService({
  DATABASE_URL: postgres.url,
  ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64"),
  ALTALUNE_WEBHOOK_ALLOW: "loopback",
  LOG_LEVEL: "error",
});
try {
  const url = await service.ready;
  const printed = service.stdout();
  const rootKey = /alt_root_\w+/.exec(printed)?.[0] ?? "";
  const setupUrl = /http\S+\/setup\S+/.exec(printed)?.[0] ?? "";
  const used = await fill(url, rootKey);
  await takePictures(url, setupUrl, used, rootKey);
} finally {
  service.signal("SIGTERM");
  await service.ended;
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Asks as any client does, in JSON. */
function caller(url: string, rootKey: string) {
  return async (rpc: string, body: object) => {
    const answer = await fetch(`${url}/altalune.v1.${rpc}`, {
      method: "POST",
      headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error(`${rpc}: ${await answer.text()}`);
    }
    return answer.json();
  };
}

/** What a team has after some weeks. */
async function fill(url: string, rootKey: string) {
  const call = caller(url, rootKey);
  const newProject = async (name: string, keyPrefix: string) =>
    (
      await call("ProjectService/CreateProject", {
        name,
        keyPrefix,
        allowNeverExpires: true,
        maxKeysPerOwner: 10,
        ownerAccess: { ownerScopes: ["orders:*"], branding: { name: "Orders", color: "#0b7a75" } },
      })
    ).project.id as string;
  const projectId = await newProject("Orders API", "orders_");
  await newProject("Billing API", "billing_");
  await newProject("Internal tools", "int_");
  const keys = [
    ["Checkout", "team-shop", ["orders:read", "orders:write"], "pro", 200],
    ["Nightly export", "team-data", ["orders:read"], "enterprise", 20],
    ["Mobile app", "team-shop", ["orders:read"], "pro", 90],
    ["Partner: Northwind", "northwind", ["orders:read"], "free", 6],
    ["Partner: Contoso", "contoso", ["orders:read"], "free", 320],
    ["Support console", "team-support", ["orders:read", "orders:refund"], "", 400],
    ["Load test", "team-platform", ["orders:*"], "", 2],
  ] as const;
  const made: { id: string; value: string }[] = [];
  for (const [name, ownerId, scopes, tier, days] of keys) {
    const { apiKey, keyValue } = await call("ApiKeyService/CreateApiKey", {
      projectId,
      name: name.replace(":", " -"),
      ownerId,
      scopes: [...scopes],
      tier,
      expiration: new Date(Date.now() + days * dayMs),
      metadata: { contact: `${ownerId}@example.com` },
    });
    made.push({ id: apiKey.id, value: keyValue });
  }
  const [checkout, , mobile, northwind, , support, loadTest] = made;
  await useBefore([checkout, mobile, northwind].map((key) => key?.id ?? ""));
  for (const [key, calls, scope] of [
    [checkout, 60, "orders:read"],
    [mobile, 34, "orders:read"],
    [northwind, 40, "orders:read"],
    [support, 9, "orders:admin"],
    [loadTest, 12, "orders:read"],
  ] as const) {
    for (let i = 0; i < calls; i++) {
      await call("VerificationService/VerifyApiKey", {
        key: key?.value ?? "",
        projectId,
        requiredScopes: [scope],
        sourceIp: `198.51.${100 + (i % 3)}.7`,
        userAgent: i % 4 === 0 ? "curl/8.5.0" : "orders-client/2.1",
      });
    }
  }
  await call("ApiKeyService/RevokeApiKey", {
    projectId,
    apiKeyId: loadTest?.id ?? "",
    reason: "REVOCATION_REASON_NO_LONGER_NEEDED",
  });
  await call("VerificationService/VerifyApiKey", { key: loadTest?.value ?? "", projectId });
  await call("ApiKeyService/DeactivateApiKey", { projectId, apiKeyId: support?.id ?? "" });
  await call("UserService/InviteUser", {
    email: "grace@example.com",
    role: "USER_ROLE_DEVELOPER",
    projectIds: [projectId],
  });
  await call("UserService/InviteUser", { email: "alan@example.com", role: "USER_ROLE_VIEWER" });
  const { webhook } = await call("WebhookService/CreateWebhook", {
    projectId,
    url: "https://hooks.example.com/altalune",
    eventTypes: ["api_key.created", "api_key.revoked"],
    description: "Tells the shop",
  });
  await call("WebhookService/SendTestEvent", { projectId, webhookId: webhook.id });
  return { projectId, apiKeyId: checkout?.id ?? "", webhookId: webhook.id as string };
}

type Used = Awaited<ReturnType<typeof fill>>;

/** Writes calls of the days before, fewer on some: good ones, and some beyond a limit (7). */
async function useBefore(apiKeyIds: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(
    `insert into altalune_api_key_usage (project_id, api_key_id, hour, code, verifications)
     select project_id, id, date_trunc('day', now()) + interval '9 hours' - days_ago * interval '1 day', code,
       case code when 1 then most / place else most / (12 - 2 * place) end
     from unnest($1::text[]) with ordinality as used (public_id, place)
     join altalune_project_api_keys using (public_id),
       unnest(array[310, 280, 95, 80, 340, 365, 330]) with ordinality as day (most, days_ago),
       unnest(array[1, 7]) as code`,
    [apiKeyIds],
  );
  await client.end();
}

async function takePictures(url: string, setupUrl: string, { projectId, apiKeyId, webhookId }: Used, rootKey: string) {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  await using browser = await chromium.launch({ executablePath, chromiumSandbox: false });
  const context = await browser.newContext({ viewport: wide, reducedMotion: "reduce", colorScheme: "light" });
  const page = await context.newPage();
  const take = async (name: string, of: Page = page) => {
    await of.waitForLoadState("networkidle");
    await of.screenshot({ path: `${images}/${name}.png` });
  };
  const takeWhole = async (name: string) => {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width: wide.width, height });
    await take(name);
    await page.setViewportSize(wide);
  };
  const goTo = async (path: string, heading: string | RegExp) => {
    await page.goto(`${url}/console${path}`);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  };

  await page.goto(setupUrl);
  await page.getByLabel("Username").fill(person.username);
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByLabel("Password again").fill(person.password);
  await take("set-up");
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
  await take("projects");
  await goTo("/projects/new", "Create a project");
  await take("new-project");
  await goTo(`/projects/${projectId}`, "Orders API");
  await page.getByRole("table").waitFor();
  await take("keys");
  await page.emulateMedia({ colorScheme: "dark" });
  await take("keys-dark");
  await page.setViewportSize(narrow);
  await take("keys-narrow");
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: "light" });
  await goTo(`/projects/${projectId}/keys/new`, "Create a key");
  await take("new-key");
  await goTo(`/projects/${projectId}/keys/${apiKeyId}`, "Checkout");
  await page.locator(".recharts-bar-rectangle").first().waitFor();
  await page.getByRole("table", { name: "Networks" }).waitFor();
  // All of it: what a key is, and what becomes of it.
  await takeWhole("key");
  await goTo(`/projects/${projectId}/owners`, /Owners of/);
  await page.getByRole("link", { name: "team-shop" }).waitFor();
  await take("owners");
  await goTo(`/projects/${projectId}/owners?owner=team-shop`, "team-shop");
  await page.getByRole("table").waitFor();
  await take("owner");
  await goTo(`/projects/${projectId}/usage`, /Usage/);
  await page.locator(".recharts-bar-rectangle").first().waitFor();
  await take("usage");
  await goTo(`/projects/${projectId}/trail`, /Trail/);
  await page.getByRole("table").waitFor();
  await take("trail");
  await goTo(`/projects/${projectId}/explorer`, "Try a key");
  await take("explorer");
  await goTo(`/projects/${projectId}/webhooks`, /Webhooks of/);
  await page.getByRole("table").waitFor();
  await take("webhooks");
  await goTo(`/projects/${projectId}/webhooks/new`, "Add a webhook");
  await take("new-webhook");
  await goTo(`/projects/${projectId}/webhooks/${webhookId}`, /Webhook to/);
  await page.getByRole("table").waitFor();
  await take("webhook");
  await goTo(`/projects/${projectId}/settings`, "Settings");
  await takeWhole("settings");
  await goTo("/tiers", "Tiers");
  await page.getByRole("table").waitFor();
  await take("tiers");
  await goTo("/tiers/of/pro", /pro/);
  await take("tier");
  await goTo("/trail", "Trail of the instance");
  await page.getByRole("table").waitFor();
  await take("instance-trail");
  await goTo("/users", "Users");
  await page.getByRole("table").waitFor();
  await take("users");
  await page.getByRole("link", { name: "grace@example.com" }).click();
  await page.getByRole("heading", { level: 1, name: "grace@example.com" }).waitFor();
  await take("user");
  await goTo("/users/invite", /Invite/);
  await take("invite");
  await goTo("/account", "Your account");
  await take("account");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "What to look for" }).fill("part");
  await page.getByRole("option").first().waitFor();
  await take("search");

  const outside = await (await browser.newContext({ viewport: wide, reducedMotion: "reduce" })).newPage();
  await outside.goto(`${url}/console`);
  await outside.getByRole("heading", { level: 1 }).waitFor();
  await take("sign-in", outside);
  const permissions = ["READ", "CREATE", "ROTATE", "REVOKE", "USAGE"].map((name) => `PORTAL_PERMISSION_${name}`);
  const session = await caller(url, rootKey)("PortalService/CreatePortalSession", {
    projectId,
    ownerId: "team-shop",
    permissions,
  });
  await outside.goto(session.url);
  await outside.getByRole("table").first().waitFor();
  await take("portal", outside);
  await takeSideBySide(outside);
}

/** The upper part of each of some pages, smaller. */
async function takeSideBySide(page: Page) {
  const pictures = await Promise.all(
    sideBySide.map(async (name) => `data:image/png;base64,${await readFile(`${images}/${name}.png`, "base64")}`),
  );
  const cells = pictures.map((picture) => `<img src="${picture}" alt="">`).join("");
  const style = "display:grid;grid-template-columns:repeat(5,1fr);gap:12px;margin:12px;background:#888";
  const cell = "width:100%;aspect-ratio:8/5;object-fit:cover;object-position:top";
  await page.goto("about:blank");
  await page.setViewportSize({ width: 2000, height: 600 });
  await page.setContent(`<!doctype html><style>body{${style}}img{${cell}}</style>${cells}`);
  await page.locator("body").screenshot({ path: `${images}/pages.png` });
}
