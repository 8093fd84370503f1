import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { mails } from "../../../src/domain/notice/repo/mails.js";
import { newPublicId } from "../../../src/platform/ids.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, fromNow, newApiKey } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { contactedProjectOf, type Mailing, mailingOf, mailsTo, noteExposedBy } from "../../support/mail.js";
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

const contactedProject = () => contactedProjectOf(altalune, server);

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
    await noteExposedBy(mailing, altalune, told.projectId, id);
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
  await noteExposedBy(mailing, altalune, projectId, key.id);
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
