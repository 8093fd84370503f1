import { durationFromMs, timestampDate } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import { expect } from "vitest";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { codeIn, everyPermission, newPortalCode, newPortalToken, owner, png } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";

const invalidCode = { code: "Unauthenticated", reason: "PORTAL_CODE_INVALID" };
const invalidToken = { code: "Unauthenticated", reason: "OWNER_CREDENTIAL_INVALID" };

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

function exchange(code: string) {
  return altalune.clientsWith(undefined).portal.exchangePortalCode({ code });
}

test("a session is a link to the portal, with a code in its fragment that is exchanged for a token", async () => {
  const origins = ["https://app.example.com"];
  const branding = { color: "#1f6feb", logo: png };
  const projectId = await newProject(altalune.clients, { name: "Orders API", ownerAccess: { origins, branding } });
  const returnUrl = "https://app.example.com/settings?tab=keys";
  const asked = { projectId, ownerId: "alice", permissions: [PortalPermission.READ], returnUrl };
  const before = Date.now();
  const { url, expiresAt } = await altalune.clients.portal.createPortalSession({
    ...asked,
    ttl: durationFromMs(60_000),
  });
  const answered = Date.now();
  expect(url).toMatch(new RegExp(`^${altalune.url}/portal/${projectId}#code=alt_code_[0-9A-Za-z]{49}\\.${projectId}$`));
  const opened = await exchange(codeIn(url));
  expect(opened).toMatchObject({
    token: expect.stringMatching(/^alt_portal_[0-9A-Za-z]{49}\./),
    expiresAt,
    branding: { name: "Orders API", color: "#1f6feb", logo: new Uint8Array(png) },
    permissions: [PortalPermission.READ],
    returnUrl,
  });
  const end = expiresAt === undefined ? 0 : timestampDate(expiresAt).getTime();
  expect(end).toBeGreaterThanOrEqual(before + 60_000);
  expect(end).toBeLessThanOrEqual(answered + 60_000);
  expect((await altalune.clientsWith(opened.token).myApiKeys.queryMyApiKeys({})).data).toEqual([]);
});

test("a code works once, and of many who present it at the same time for one of them", async () => {
  const projectId = await newProject(altalune.clients);
  const code = await newPortalCode(altalune, projectId, "alice");
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => exchange(code)));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await denialOf(exchange(code))).toMatchObject(invalidCode);
});

test("a code works for 15 minutes, and no longer than its session", async () => {
  const projectId = await newProject(altalune.clients);
  await newPortalCode(altalune, projectId, "alice", { ttl: durationFromMs(60_000) });
  await newPortalCode(altalune, projectId, "bob", { ttl: durationFromMs(24 * 60 * 60_000) });
  const { rows } = await sql<{ owner_id: string; left: number }>`
    select owner_id, extract(epoch from code_expires_at - altalune_now())::float8 as left
    from altalune_portal_sessions as session join altalune_projects as project on project.id = session.project_id
    where project.public_id = ${projectId} order by owner_id
  `.execute(altalune.db);
  expect(rows.map((row) => Math.round(row.left / 60))).toEqual([1, 15]);

  const code = await newPortalCode(altalune, projectId, "carol");
  await sql`update altalune_portal_sessions set code_expires_at = altalune_now() where owner_id = 'carol'`.execute(
    altalune.db,
  );
  expect(await denialOf(exchange(code))).toMatchObject(invalidCode);
});

test("a token is refused once its session is over", async () => {
  const projectId = await newProject(altalune.clients);
  const token = await newPortalToken(altalune, projectId, "dave");
  const { myApiKeys } = altalune.clientsWith(token);
  await myApiKeys.queryMyApiKeys({});
  await sql`update altalune_portal_sessions set expires_at = altalune_now() where owner_id = 'dave'`.execute(
    altalune.db,
  );
  expect(await denialOf(myApiKeys.queryMyApiKeys({}))).toMatchObject(invalidToken);
  await altalune.services.portal.purge();
  const { rows } = await sql`select from altalune_portal_sessions where owner_id = 'dave'`.execute(altalune.db);
  expect(rows).toEqual([]);
});

test("sessions that were ended are refused by every instance, codes too, and those of others go on", async () => {
  await using other = await startTestInstance({ beside: altalune });
  const projectId = await newProject(altalune.clients);
  const elsewhere = await newProject(altalune.clients);
  const tokens = [await newPortalToken(altalune, projectId, "alice"), await newPortalToken(other, projectId, "alice")];
  const code = await newPortalCode(altalune, projectId, "alice");
  const bob = await owner(altalune, projectId, "bob");
  const aliceElsewhere = await owner(altalune, elsewhere, "alice");
  expect(await altalune.clients.portal.endPortalSessions({ projectId, ownerId: "alice" })).toMatchObject({ ended: 3 });
  for (const instance of [altalune, other]) {
    for (const token of tokens) {
      const call = instance.clientsWith(token).myApiKeys.queryMyApiKeys({});
      expect(await denialOf(call)).toMatchObject(invalidToken);
    }
    const again = instance.clientsWith(undefined).portal.exchangePortalCode({ code });
    expect(await denialOf(again)).toMatchObject(invalidCode);
  }
  await bob.queryMyApiKeys({});
  await aliceElsewhere.queryMyApiKeys({});
  expect(await altalune.clients.portal.endPortalSessions({ projectId, ownerId: "alice" })).toMatchObject({ ended: 0 });
});

test("a token and a code of a deleted project are good for nothing", async () => {
  const projectId = await newProject(altalune.clients);
  const token = await newPortalToken(altalune, projectId, "alice");
  const code = await newPortalCode(altalune, projectId, "alice");
  await altalune.clients.projects.deleteProject({ projectId });
  expect(await denialOf(altalune.clientsWith(token).myApiKeys.queryMyApiKeys({}))).toMatchObject(invalidToken);
  expect(await denialOf(exchange(code))).toMatchObject(invalidCode);
});

test.for([
  ["a made-up code", "letmein"],
  ["a code with a wrong checksum", `alt_code_${"A".repeat(49)}.abcdefghjkmnpq`],
  ["a code of no project", "alt_code_"],
] as const)("%s is refused", async ([_what, code]) => {
  expect(await denialOf(exchange(code))).toMatchObject(invalidCode);
});

test("a code is no token, a token no code, and one of another project none of this", async () => {
  const projectId = await newProject(altalune.clients);
  const elsewhere = await newProject(altalune.clients);
  const code = await newPortalCode(altalune, projectId, "alice");
  const token = await newPortalToken(altalune, projectId, "alice");
  const [secret] = token.split(".");
  for (const credential of [code, `${secret}.${elsewhere}`, `${secret}`, `${token}.x`]) {
    const call = altalune.clientsWith(credential).myApiKeys.queryMyApiKeys({});
    expect(await denialOf(call)).toMatchObject({ code: "Unauthenticated" });
  }
  expect(await denialOf(exchange(token))).toMatchObject(invalidCode);
});

test.for([
  ["no owner", "owner_id", { ownerId: "" }],
  ["an owner of 129 characters", "owner_id", { ownerId: "o".repeat(129) }],
  ["no permission", "permissions", { permissions: [] }],
  ["a permission that there is not", "permissions", { permissions: [99 as PortalPermission] }],
  ["more than a day", "ttl", { ttl: durationFromMs(86_401_000) }],
  ["no time", "ttl", { ttl: durationFromMs(0) }],
  ["a way back to another origin", "return_url", { returnUrl: "https://evil.example.com/" }],
  ["a way back by script", "return_url", { returnUrl: "javascript:alert(1)" }],
  ["a way back to a page that was made up", "return_url", { returnUrl: "blob:https://app.example.com/1" }],
  ["a way back with a user", "return_url", { returnUrl: "https://evil.example.com@app.example.com/" }],
  ["a way back that hides its origin", "return_url", { returnUrl: "https://app.example.com@evil.example.com/" }],
] as const)("a session for %s is refused", async ([_what, field, session]) => {
  const projectId = await newProject(altalune.clients, { ownerAccess: { origins: ["https://app.example.com"] } });
  const asked = { projectId, ownerId: "alice", permissions: everyPermission, ...session };
  const denial = await denialOf(
    altalune.clients.portal.createPortalSession({ ...asked, permissions: [...asked.permissions] }),
  );
  expect(denial).toMatchObject({ code: "InvalidArgument", fields: [field] });
});

test("links lead to ALTALUNE_PUBLIC_URL, and nowhere where that is needed and not set", async () => {
  const env = { ALTALUNE_PUBLIC_URL: "https://keys.example.com" };
  await using behindProxy = await startTestInstance({ beside: altalune, env });
  const projectId = await newProject(altalune.clients);
  const asked = { projectId, ownerId: "alice", permissions: everyPermission };
  const { url } = await behindProxy.clients.portal.createPortalSession(asked);
  expect(url).toMatch(`https://keys.example.com/portal/${projectId}#code=`);
  await using onAll = await startTestInstance({ beside: altalune, env: { HOST: "0.0.0.0" } });
  const denial = await denialOf(onAll.clients.portal.createPortalSession(asked));
  expect(denial).toMatchObject({ code: "FailedPrecondition", reason: "PUBLIC_URL_MISSING" });
});

test("neither codes nor tokens are in the database or in the log", async () => {
  const projectId = await newProject(altalune.clients);
  const code = await newPortalCode(altalune, projectId, "alice");
  const { token } = await exchange(code);
  await altalune.clientsWith(token).myApiKeys.queryMyApiKeys({});
  const { rows } = await sql<{
    text: string;
  }>`select session::text as text from altalune_portal_sessions as session`.execute(altalune.db);
  const written = [...rows.map(({ text }) => text), ...altalune.logLines].join("\n");
  expect(written).toContain("alice");
  for (const secret of [code, token]) {
    expect(written).not.toContain(secret.slice(0, 30));
    expect(written).not.toContain(Buffer.from(secret).toString("hex").slice(0, 60));
  }
});

test("an address that guesses is no longer heard, but for those who have a good token", async () => {
  await using attacked = await startTestInstance({ beside: altalune, env: { LOG_LEVEL: "warn" } });
  const projectId = await newProject(altalune.clients);
  const code = await newPortalCode(altalune, projectId, "alice");
  const owner = attacked.clientsWith(await newPortalToken(altalune, projectId, "bob")).myApiKeys;
  const guess = () => denialOf(attacked.clientsWith(undefined).portal.exchangePortalCode({ code: "alt_code_x" }));
  for (let i = 0; i < 12; i++) {
    await Promise.all(Array.from({ length: 50 }, guess));
  }
  const late = await denialOf(attacked.clientsWith(undefined).portal.exchangePortalCode({ code }));
  expect(late).toMatchObject({ code: "ResourceExhausted", reason: "TOO_MANY_FAILED_AUTHENTICATIONS" });
  // Others may be behind the same address.
  expect((await owner.queryMyApiKeys({})).data).toEqual([]);
});
