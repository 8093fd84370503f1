import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { NoticeKind } from "../../../gen/altalune/v1/notice_pb.js";
import { systemCaller } from "../../../src/domain/caller.js";
import { mails } from "../../../src/domain/notice/repo/mails.js";
import { newPublicId } from "../../../src/platform/ids.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, fromNow, internalIdOf, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Mailing, mailingOf, mailsTo, newAddress } from "../../support/mail.js";
import { type MailServer, startMailServer } from "../../support/mail-server.js";
import { untilOneWaits } from "../sign_in/people.js";

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

type Settings = Parameters<TestInstance["clients"]["projects"]["createProject"]>[0];

/** A project with an address of its own, and what that was sent, by subjects. */
async function contactedProject(settings: Settings = {}) {
  const address = newAddress();
  const name = uniqueName("project");
  const projectId = await newProject(altalune.clients, {
    allowNeverExpires: true,
    maxKeysPerOwner: 0,
    name,
    contactEmails: [address],
    ...settings,
  });
  const subjects = () =>
    server.received.filter(({ recipients }) => recipients.includes(address)).map(({ mail }) => mail.subject);
  return { projectId, address, name, subjects };
}

/** As a report of a key's value does in an instance that sends mail. */
async function noteExposed(projectId: string, apiKeyId: string, value = "current") {
  const id = await internalIdOf(altalune.db, projectId);
  await altalune.db
    .transaction()
    .execute((tx) =>
      mailing.audit.record(tx, systemCaller, { id }, "api_key.exposed", apiKeyId, { value, policy: "notify" }),
    );
}

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

test("six notices for one address are one mail that lists them, and five are five", async () => {
  const five = await contactedProject();
  const six = await contactedProject();
  const expiration = fromNow(20 * dayMs);
  for (const [{ projectId }, count] of [
    [five, 5],
    [six, 6],
  ] as const) {
    for (let i = 0; i < count; i++) {
      await newApiKey(altalune.clients, projectId, { name: `key ${i}`, ownerId: `owner ${i}`, expiration });
    }
  }
  await mailing.run(14);
  expect(five.subjects()).toHaveLength(5);
  expect(six.subjects()).toEqual([`[${six.name}] 6 notices about keys and webhooks`]);
  const digest = server.received.find(({ recipients }) => recipients.includes(six.address));
  for (let i = 0; i < 6; i++) {
    expect(digest?.mail.text).toContain(`The key key ${i} expires in 6 days`);
    expect(digest?.mail.html).toContain(`The key key ${i} expires in 6 days`);
  }
  await mailing.run(14.1);
  expect(six.subjects()).toHaveLength(1);
});

test("of three processes that look and send at once, each thing is told once", async () => {
  const { projectId, subjects } = await contactedProject();
  for (let i = 0; i < 4; i++) {
    await newApiKey(altalune.clients, projectId, { ownerId: `owner ${i}`, expiration: fromNow(20 * dayMs) });
  }
  const processes = await Promise.all(Array.from({ length: 3 }, () => mailingOf(altalune, server)));
  await setClockAhead(altalune.db, 14 * dayMs);
  await Promise.all(processes.map(({ notices }) => notices.noteTimes()));
  await setClockAhead(altalune.db, 14 * dayMs + 3_000);
  await Promise.all(processes.map(({ notices }) => notices.addMails()));
  await Promise.all(processes.map(({ send }) => send()));
  expect(subjects()).toHaveLength(4);
});

test("whoever finds that another has just sent an address a mail leaves what came since", async () => {
  const held = await contactedProject();
  const told = await contactedProject();
  const expiring = ({ projectId }: typeof told) =>
    newApiKey(altalune.clients, projectId, { expiration: fromNow(20 * dayMs) });
  await expiring(held);
  const { id } = await expiring(told);
  await setClockAhead(altalune.db, 14 * dayMs);
  await mailing.notices.noteTimes();
  await setClockAhead(altalune.db, 14 * dayMs + 3_000);
  const late = await mailingOf(altalune, server);
  let looking: Promise<void> | undefined;
  await altalune.db.transaction().execute(async (tx) => {
    await sql`select from altalune_notices where address = ${held.address} for update`.execute(tx);
    // It has read both addresses, and waits at the first.
    looking = late.notices.addMails();
    await untilOneWaits(altalune.db);
    await mails.addMails(altalune.db, told.address, [newPublicId()]);
    await noteExposed(told.projectId, id);
    await setClockAhead(altalune.db, 14 * dayMs + 6_000);
  });
  await looking;
  expect(await mailsTo(altalune.db, held.address)).toHaveLength(1);
  expect(await mailsTo(altalune.db, told.address)).toHaveLength(1);
});

test("more keys than one statement takes are all told of", async () => {
  const { projectId, name, subjects } = await contactedProject();
  const expiration = fromNow(20 * dayMs);
  const making = Array.from({ length: 520 }, (_, i) =>
    newApiKey(altalune.clients, projectId, { ownerId: `o${i}`, expiration }),
  );
  await Promise.all(making);
  await mailing.run(14);
  expect(subjects()).toEqual([`[${name}] 520 notices about keys and webhooks`]);
  const digest = server.received.at(-1);
  expect(digest?.mail.text).toContain("And 420 more, which the console shows.");
});

test("an address that was given a mail waits ten minutes for the next, which has all that has come meanwhile", async () => {
  const { projectId, name, subjects } = await contactedProject();
  const minute = 1 / (24 * 60);
  for (let i = 0; i < 4; i++) {
    const expiration = fromNow((21 + 2 * i * minute) * dayMs);
    await newApiKey(altalune.clients, projectId, { name: `key ${i}`, ownerId: `owner ${i}`, expiration });
  }
  await mailing.run(14 + minute);
  const first = `[${name}] The key key 0 expires in 7 days`;
  for (let i = 1; i < 4; i++) {
    await mailing.run(14 + (2 * i + 1) * minute);
    expect(subjects()).toEqual([first]);
  }
  await mailing.run(14 + 12 * minute);
  expect(subjects()).toEqual([first, `[${name}] 3 notices about keys and webhooks`]);
});

test("what is urgent waits a minute after another mail, and no longer", async () => {
  const { projectId, name, subjects } = await contactedProject();
  const second = 1 / (24 * 60 * 60);
  const key = await newApiKey(altalune.clients, projectId, { name: "found", expiration: fromNow(20 * dayMs) });
  await mailing.run(14);
  await noteExposed(projectId, key.id);
  await mailing.run(14 + 20 * second);
  expect(subjects()).toHaveLength(1);
  await mailing.run(14 + 70 * second);
  expect(subjects().slice(1)).toEqual([`[${name}] The key found was found where others can read it`]);
});

test("more notices than one statement takes are one mail for an address", async () => {
  const { projectId, name, address, subjects } = await contactedProject();
  await sql`
    insert into altalune_notices (project_id, resource_id, kind, moment, address, detail)
    select id, 'key' || number, 4, altalune_now(), ${address}, '{"name": "many"}'
    from altalune_projects cross join generate_series(1, 10500) as number where public_id = ${projectId}
  `.execute(altalune.db);
  await mailing.run(0.1);
  expect(subjects()).toEqual([`[${name}] 10500 notices about keys and webhooks`]);
  await mailing.run(0.2);
  expect(subjects()).toHaveLength(1);
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
