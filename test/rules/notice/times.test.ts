import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { NoticeKind } from "../../../gen/altalune/v1/notice_pb.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, fromNow, newApiKey } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import {
  contactedProjectOf,
  type Mailing,
  mailingOf,
  mailsTo,
  noteExposedBy,
  type ProjectSettings,
} from "../../support/mail.js";
import { type MailServer, startMailServer } from "../../support/mail-server.js";

let altalune: TestInstance;
let server: MailServer;
let mailing: Mailing;
beforeAll(async () => {
  // The looks of this file are its own.
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  server = await startMailServer();
  mailing = await mailingOf(altalune, server);
});
afterEach(() => setClockAhead(altalune.db, 0));
afterAll(async () => {
  await altalune.stop();
  await server[Symbol.asyncDispose]();
});

const contactedProject = (settings?: ProjectSettings) => contactedProjectOf(altalune, server, settings);
const noteExposed = (projectId: string, apiKeyId: string, value?: string) =>
  noteExposedBy(mailing, altalune, projectId, apiKeyId, value);

test("a key is told to expire 30, 7 and 1 days before its end, and to have expired, each once", async () => {
  const { projectId, name, subjects } = await contactedProject();
  await newApiKey(altalune.clients, projectId, { name: "orders", expiration: fromNow(40 * dayMs) });
  const all = [
    `[${name}] The key orders expires in 30 days`,
    `[${name}] The key orders expires in 7 days`,
    `[${name}] The key orders expires within a day`,
    `[${name}] The key orders has expired`,
  ];
  for (const [day, count] of [
    [5, 0],
    [10.001, 1],
    [12, 1],
    [33.001, 2],
    [39.5, 3],
    [41, 4],
    [50, 4],
  ] as const) {
    await mailing.run(day);
    expect(subjects()).toEqual(all.slice(0, count));
  }
});

test("a key that is given another end is told of by that, and not of the one before", async () => {
  const { projectId, name, subjects } = await contactedProject();
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, {
    name: "moved",
    expiration: fromNow(20 * dayMs),
  });
  await mailing.run(13.001);
  expect(subjects()).toEqual([`[${name}] The key moved expires in 7 days`]);
  const expiration = timestampFromDate(new Date(Date.now() + 60 * dayMs));
  await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId, expiration });
  await mailing.run(25);
  expect(subjects()).toHaveLength(1);
  await mailing.run(53.001);
  expect(subjects().at(-1)).toBe(`[${name}] The key moved expires in 7 days`);
  expect(subjects()).toHaveLength(2);
});

interface KeyPlace {
  readonly projectId: string;
  readonly apiKeyId: string;
}

test.each([
  [
    "revoked",
    (key: KeyPlace) => altalune.clients.apiKeys.revokeApiKey({ ...key, reason: RevocationReason.SUPERSEDED }),
  ],
  ["extended", (key: KeyPlace) => altalune.clients.apiKeys.updateApiKey({ ...key, expiration: fromNow(60 * dayMs) })],
])("a mail that waits is not sent once its key was %s", async (_what, act) => {
  const { projectId, address, subjects } = await contactedProject();
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, { expiration: fromNow(20 * dayMs) });
  server.answerRecipients(451);
  await mailing.run(14);
  server.answerRecipients(undefined);
  await act({ projectId, apiKeyId });
  await mailing.run(14.01);
  expect(subjects()).toEqual([]);
  expect(await mailsTo(altalune.db, address)).toMatchObject([{ state: 5, next_attempt_at: null }]);
});

test("a value is told to be old after 90 days, and again 90 days after the next one", async () => {
  const { projectId, name, subjects } = await contactedProject();
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, {
    name: "old",
    neverExpires: true,
    expiration: undefined,
  });
  await mailing.run(89.9);
  expect(subjects()).toEqual([]);
  await mailing.run(90.1);
  const old = `[${name}] The key old has had the same value for 90 days`;
  expect(subjects()).toEqual([old]);
  await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId, gracePeriod: durationFromMs(1000) });
  await mailing.run(150);
  expect(subjects()).toEqual([old]);
  await mailing.run(181);
  expect(subjects()).toEqual([old, old]);
});

test("a project says itself when a key expires soon, and when a value is old; webhooks hear of the same", async () => {
  const { projectId, name, subjects } = await contactedProject({
    notices: { expiringDays: [3], rotationDueAfter: durationFromMs(5 * dayMs) },
  });
  await altalune.clients.webhooks.createWebhook({ projectId, url: "https://hooks.invalid/altalune" });
  await newApiKey(altalune.clients, projectId, { name: "short", expiration: fromNow(9 * dayMs) });
  for (const day of [4, 5.1, 6.001, 7]) {
    await mailing.run(day);
    await altalune.services.events.tellTimes();
  }
  expect(subjects()).toEqual([
    `[${name}] The key short has had the same value for 5 days`,
    `[${name}] The key short expires in 3 days`,
  ]);
  const { data } = await altalune.clients.webhooks.queryWebhooks({ projectId });
  const { data: deliveries } = await altalune.clients.webhooks.queryDeliveries({
    projectId,
    webhookId: data[0]?.id ?? "",
  });
  expect(deliveries.map(({ eventType }) => eventType).sort()).toEqual([
    "api_key.created",
    "api_key.expiring",
    "api_key.rotation_due",
  ]);
});

test("whoever is named later is told how things stand, and whoever was named before nothing twice", async () => {
  const { projectId, name, address, subjects } = await contactedProject();
  await newApiKey(altalune.clients, projectId, { name: "near", expiration: fromNow(20 * dayMs) });
  await mailing.run(15);
  expect(subjects()).toHaveLength(1);
  const later = `late-${address}`;
  await altalune.clients.projects.updateProject({ projectId, contactEmails: [address, later] });
  await mailing.run(15.1);
  expect(subjects()).toHaveLength(1);
  const toLater = server.received.filter(({ recipients }) => recipients.includes(later));
  expect(toLater.map(({ mail }) => mail.subject)).toEqual([`[${name}] The key near expires in 5 days`]);
});

test("of what had ended before anybody was named nobody is told, and of values that were old then one is", async () => {
  const { projectId, name, address, subjects } = await contactedProject({ contactEmails: [] });
  await newApiKey(altalune.clients, projectId, { name: "gone", ownerId: "a", expiration: fromNow(2 * dayMs) });
  await newApiKey(altalune.clients, projectId, { name: "aged", neverExpires: true, expiration: undefined });
  await mailing.run(400);
  expect(subjects()).toEqual([]);
  await altalune.clients.projects.updateProject({ projectId, contactEmails: [address] });
  await mailing.run(400.1);
  expect(subjects()).toEqual([`[${name}] The key aged has had the same value for 400 days`]);
});

test("nobody is sent what a project has muted, also if it was noted before", async () => {
  const { projectId, name, subjects } = await contactedProject({ notices: { muted: [NoticeKind.EXPIRING] } });
  await newApiKey(altalune.clients, projectId, { name: "quiet", expiration: fromNow(10 * dayMs) });
  await mailing.run(5);
  expect(subjects()).toEqual([]);
  await mailing.run(11);
  expect(subjects()).toEqual([`[${name}] The key quiet has expired`]);

  const other = await contactedProject();
  await newApiKey(altalune.clients, other.projectId, { expiration: fromNow(10 * dayMs) });
  server.answerRecipients(451);
  await mailing.run(5);
  server.answerRecipients(undefined);
  await altalune.clients.projects.updateProject({
    projectId: other.projectId,
    notices: { muted: [NoticeKind.EXPIRING] },
  });
  await mailing.run(5.1);
  expect(other.subjects()).toEqual([]);
});

test("a report of an old value does not hide that the value in force is exposed", async () => {
  const { projectId, name, subjects } = await contactedProject();
  const key = await newApiKey(altalune.clients, projectId, { name: "found" });
  for (const value of ["ended", "current", "current", "ended"]) {
    await noteExposed(projectId, key.id, value);
  }
  await mailing.run(0.001);
  const subject = `[${name}] The key found was found where others can read it`;
  expect(subjects()).toEqual([subject, subject]);
  const texts = server.received.slice(-2).map(({ mail }) => mail.text);
  expect(texts.filter((text) => text?.includes("works on"))).toHaveLength(1);
});

test("of an exposed key a mail says how the key is when it goes", async () => {
  const { projectId, address } = await contactedProject();
  const said = async (day: number) => {
    await mailing.run(day);
    return server.received.filter(({ recipients }) => recipients.includes(address)).at(-1)?.mail.text;
  };
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, { expiration: fromNow(60 * dayMs) });
  await noteExposed(projectId, apiKeyId);
  expect(await said(0.1)).toContain("The key works on.");
  for (const [day, act, words] of [
    [1, () => altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId }), "was switched off"],
    [
      2,
      () => altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId, reason: RevocationReason.SUPERSEDED }),
      "was revoked",
    ],
    [3, () => altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId }), "was deleted"],
  ] as const) {
    await setClockAhead(altalune.db, day * dayMs);
    await noteExposed(projectId, apiKeyId);
    await act();
    expect(await said(day + 0.01)).toContain(words);
  }
});

test("a key that a look could not see yet, as it was committed late, is told of by the next one", async () => {
  const { projectId, name, subjects } = await contactedProject();
  const { id } = await newApiKey(altalune.clients, projectId, { name: "late", expiration: fromNow(80 * dayMs) });
  await mailing.run(4.9);
  await mailing.run(5);
  await altalune.db
    .updateTable("altalune_project_api_keys")
    .set({ expires_at: new Date(Date.now() + 5 * dayMs - 60_000) })
    .where("public_id", "=", id)
    .execute();
  await mailing.run(5.001);
  expect(subjects()).toEqual([`[${name}] The key late has expired`]);
});

test("whoever is named later is not told of what had ended before, nor is anybody after nobody was named", async () => {
  const { projectId, name, address, subjects } = await contactedProject();
  await newApiKey(altalune.clients, projectId, { name: "ended", ownerId: "a", expiration: fromNow(5 * dayMs) });
  await newApiKey(altalune.clients, projectId, { name: "later", ownerId: "b", expiration: fromNow(55 * dayMs) });
  await newApiKey(altalune.clients, projectId, { name: "last", ownerId: "c", expiration: fromNow(72 * dayMs) });
  await mailing.run(1);
  await mailing.run(6);
  expect(subjects()).toEqual([`[${name}] The key ended has expired`]);
  const other = `late-${address}`;
  const toOther = () =>
    server.received.filter(({ recipients }) => recipients.includes(other)).map(({ mail }) => mail.subject);
  await altalune.clients.projects.updateProject({ projectId, contactEmails: [address, other] });
  await mailing.run(7);
  expect(toOther()).toEqual([]);

  await altalune.clients.projects.updateProject({ projectId, updateMask: { paths: ["contact_emails"] } });
  await mailing.run(50);
  await altalune.clients.projects.updateProject({ projectId, contactEmails: [address, other] });
  await mailing.run(70);
  const last = `[${name}] The key last expires in 2 days`;
  expect(toOther()).toEqual([last]);
  expect(subjects().slice(1)).toEqual([last]);
});

test("a mail about what a newer version has noted is left to that", async () => {
  const { projectId, name, address, subjects } = await contactedProject();
  await sql`
    insert into altalune_notices (project_id, resource_id, kind, moment, address, detail)
    select id, 'key', 99, altalune_now(), ${address}, '{"name": "new"}' from altalune_projects where public_id = ${projectId}
  `.execute(altalune.db);
  await mailing.run(0.1);
  expect(await mailsTo(altalune.db, address)).toMatchObject([{ state: 1, attempts: 0, settled_at: null }]);
  // As if a newer version looked.
  await sql`update altalune_notices set kind = 4 where address = ${address}`.execute(altalune.db);
  await mailing.run(0.11);
  expect(subjects()).toEqual([`[${name}] The key new was found where others can read it`]);
});
