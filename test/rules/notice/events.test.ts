import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NoticeKind } from "../../../gen/altalune/v1/notice_pb.js";
import { ExposurePolicy } from "../../../gen/altalune/v1/project_pb.js";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { systemCaller } from "../../../src/domain/caller.js";
import { internalIdOf, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { consoleBase, mailingOf, newAddress } from "../../support/mail.js";
import { type MailServer, startMailServer } from "../../support/mail-server.js";
import { metricsOf } from "../../support/metrics.js";
import { actionsOf } from "../../support/trail.js";
import { startWebhookReceiver } from "../../support/webhook-receiver.js";
import { newWebhook } from "../../support/webhooks.js";
import { newPerson, register } from "../sign_in/people.js";

/** An instance as it is run: its jobs do the rest. */
let altalune: TestInstance;
let server: MailServer;
beforeAll(async () => {
  server = await startMailServer();
  altalune = await startTestInstance({
    env: {
      ALTALUNE_SMTP_URL: server.url,
      ALTALUNE_MAIL_FROM: "Altalune <keys@altalune.example>",
      ALTALUNE_PUBLIC_URL: consoleBase,
      ALTALUNE_REGISTRATION: "open",
      ALTALUNE_WEBHOOK_ALLOW: "loopback",
    },
  });
});
afterAll(async () => {
  await altalune.stop();
  await server[Symbol.asyncDispose]();
});

const sentTo = (address: string) => server.received.filter(({ recipients }) => recipients.includes(address));

async function waitFor(address: string, count = 1) {
  await expect.poll(() => sentTo(address).length, { timeout: 30_000 }).toBe(count);
  return sentTo(address);
}

async function exposuresOf(projectId: string, keyId: string): Promise<readonly string[]> {
  const actions = await actionsOf(altalune.clients, projectId, keyId);
  return actions.filter((action) => action === "api_key.exposed");
}

test("a key whose value is reported is told of, with what became of it, and never its value nor where it is said to be", async () => {
  const address = newAddress();
  const projectId = await newProject(altalune.clients, {
    contactEmails: [address],
    exposurePolicy: ExposurePolicy.REVOKE,
  });
  const key = await newApiKey(altalune.clients, projectId, { name: "leaked" });
  const anybody = altalune.clientsWith(undefined).exposures;
  for (const url of ["https://evil.example/click-here", "https://evil.example/again"]) {
    await anybody.reportExposedKey({ key: key.value, source: "your bank", url });
  }
  const [mail] = await waitFor(address);
  expect(mail?.mail.subject).toContain("The key leaked was found where others can read it");
  expect(mail?.mail.text).toContain("The key was revoked");
  expect(mail?.mail.text).toContain(`${consoleBase}/console/projects/${projectId}/keys/${key.id}`);
  const said = `${mail?.raw}${mail?.mail.text}${mail?.mail.html}`;
  for (const secret of [key.value, key.value.slice(10), "evil.example", "your bank"]) {
    expect(said).not.toContain(secret);
  }
  // The second report of the hour is in the trail, and no second mail.
  await expect.poll(() => exposuresOf(projectId, key.id), { timeout: 30_000 }).toHaveLength(2);
  const { rows } = await sql<{ count: bigint }>`
    select count(*) from altalune_notices where address = ${address}
  `.execute(altalune.db);
  expect(Number(rows[0]?.count)).toBe(1);
});

test("odd use of a key is told of as soon as the trail has it", async () => {
  const address = newAddress();
  const projectId = await newProject(altalune.clients, { contactEmails: [address] });
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, { name: "odd" });
  const id = await internalIdOf(altalune.db, projectId);
  const { audit } = await mailingOf(altalune, server);
  await altalune.db.transaction().execute((tx) =>
    // What looks for odd use writes this event; here the event alone is meant.
    audit.record(tx, systemCaller, { id }, "api_key.suspicious", apiKeyId, { signal: "volume" }),
  );
  const [mail] = await waitFor(address);
  expect(mail?.mail.subject).toContain("The key odd is used as it was not before");
});

test("a webhook that is switched off by itself is told of, also if it was the only one, and its path is not", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(410).end());
  const address = newAddress();
  const projectId = await newProject(altalune.clients, { contactEmails: [address] });
  const { webhook } = await altalune.clients.webhooks.createWebhook({ projectId, url: `${receiver.url}/s3cret-token` });
  await altalune.clients.webhooks.sendTestEvent({ projectId, webhookId: webhook?.id ?? "" });
  const [mail] = await waitFor(address);
  expect(mail?.mail.subject).toMatch(/A webhook to http:\/\/127\.0\.0\.1:\d+ was switched off$/);
  expect(mail?.mail.text).toContain("said that it is gone");
  expect(mail?.raw).not.toContain("s3cret-token");
});

test("what a project has muted is not sent, and what it has not is", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(410).end());
  const address = newAddress();
  const projectId = await newProject(altalune.clients, {
    contactEmails: [address],
    notices: { muted: [NoticeKind.EXPOSED] },
  });
  const key = await newApiKey(altalune.clients, projectId);
  await altalune.clients.exposures.reportExposedKey({ key: key.value, source: "a test", url: "" });
  await expect.poll(() => exposuresOf(projectId, key.id), { timeout: 30_000 }).toHaveLength(1);
  await newWebhook(altalune.clients, projectId, receiver.url);
  const [mail] = await waitFor(address);
  expect(mail?.mail.subject).toContain("A webhook to");
  const { rows } = await sql`select kind from altalune_notices where address = ${address}`.execute(altalune.db);
  expect(rows).toEqual([{ kind: NoticeKind.WEBHOOK_DISABLED }]);
});

test("the user who owns a key is told of it where users may own keys, and nobody whose address is a stranger's word", async () => {
  const settings = { ownerAccess: { allowUsers: true } };
  const projectId = await newProject(altalune.clients, settings);
  const closed = await newProject(altalune.clients);
  const person = await newPerson(altalune, UserRole.VIEWER);
  const username = `stranger-${Date.now()}`;
  const stranger = { email: `${username}@example.com`, id: "" };
  const registered = await register(altalune, { username, email: stranger.email });
  expect(registered.status).toBe(201);
  stranger.id = registered.body.id;
  for (const project of [closed, projectId]) {
    for (const { id: ownerId } of [stranger, person]) {
      const key = await newApiKey(altalune.clients, project, { ownerId, name: `of ${project}` });
      await altalune.clients.exposures.reportExposedKey({ key: key.value, source: "a test", url: "" });
    }
  }
  const [mail] = await waitFor(person.email);
  expect(mail?.mail.subject).toContain(`The key of ${projectId} was found`);
  expect(sentTo(stranger.email)).toEqual([]);

  // An operator who gives the stranger an address vouches for it.
  const email = `known-${stranger.email}`;
  await altalune.clients.users.updateUser({ userId: stranger.id, email });
  const key = await newApiKey(altalune.clients, projectId, { ownerId: stranger.id });
  await altalune.clients.exposures.reportExposedKey({ key: key.value, source: "a test", url: "" });
  await waitFor(email);
});

test("the metrics count what was handed over, and the log has neither addresses nor what was sent", async () => {
  const address = newAddress();
  const projectId = await newProject(altalune.clients, { contactEmails: [address] });
  const key = await newApiKey(altalune.clients, projectId);
  server.answerRecipients(550);
  await altalune.clients.exposures.reportExposedKey({ key: key.value, source: "a test", url: "" });
  await expect.poll(() => server.asked.filter((asked) => asked === address).length, { timeout: 30_000 }).toBe(1);
  server.answerRecipients(undefined);
  const count = async (outcome: string) =>
    Number(
      new RegExp(`^altalune_mails_total\\{outcome="${outcome}"\\} (\\d+)$`, "m").exec(await metricsOf(altalune))?.[1],
    );
  await expect.poll(() => count("refused"), { timeout: 10_000 }).toBe(1);
  expect(await count("sent")).toBeGreaterThanOrEqual(1);
  const log = altalune.logLines.join("\n");
  expect(log).toContain("a mail could not be handed over");
  expect(log).not.toContain(address);
  expect(log).not.toContain("no such box");
});
