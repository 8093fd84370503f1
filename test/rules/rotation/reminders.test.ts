import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, durationFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { NoticeKind } from "../../../gen/altalune/v1/notice_pb.js";
import { type RotationPolicySchema, UnclaimedValue } from "../../../gen/altalune/v1/rotation_pb.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, fromNow, internalIdOf, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Mailing, mailFrom, mailingOf, newAddress } from "../../support/mail.js";
import { type MailServer, startMailServer } from "../../support/mail-server.js";
import { rotateDue, waitingKeys } from "../../support/rotation.js";

const { KEEP, END } = UnclaimedValue;
const hourMs = dayMs / 24;

let altalune: TestInstance;
let server: MailServer;
let mailing: Mailing;
beforeAll(async () => {
  server = await startMailServer();
  // Its own job may be the one that reminds.
  altalune = await startTestInstance({
    env: { ALTALUNE_JOBS: "off", ALTALUNE_SMTP_URL: server.url, ALTALUNE_MAIL_FROM: mailFrom.address },
  });
  mailing = await mailingOf(altalune, server);
});
afterEach(() => setClockAhead(altalune.db, 0));
afterAll(async () => {
  await altalune.stop();
  await server[Symbol.asyncDispose]();
});

/** A key that was rotated after a day, in a project whose people are sent mail. */
async function rotatedKey(
  grace: Duration | undefined,
  unclaimed = KEEP,
  changes: MessageInitShape<typeof RotationPolicySchema> = {},
) {
  await setClockAhead(altalune.db, 0);
  const address = newAddress();
  const projectId = await newProject(altalune.clients, { contactEmails: [address] });
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, {
    name: "orders",
    expiration: fromNow(200 * dayMs),
    rotationPolicy: { every: durationFromMs(dayMs), ...(grace && { grace }), unclaimed, ...changes },
  });
  await setClockAhead(altalune.db, dayMs + 1_000);
  await rotateDue(altalune);
  const mails = () => server.received.filter(({ recipients }) => recipients.includes(address)).map(({ mail }) => mail);
  // The trail of a project that is deleted is there, too.
  const reminders = async () => {
    const events = altalune.db.selectFrom("altalune_audit_events").select("action").where("resource_id", "=", apiKeyId);
    return (await events.execute()).filter(({ action }) => action === "api_key.unclaimed").length;
  };
  return { projectId, apiKeyId, mails, reminders };
}

interface Of {
  readonly projectId: string;
  readonly apiKeyId: string;
}

const claim = (of: Of) => altalune.clients.apiKeys.claimRotatedKey(of);

/** Lets all look that look, so long after the key was made. */
async function lookAt(ms: number) {
  await setClockAhead(altalune.db, ms);
  await mailing.apiKeys.remindOfUnclaimed();
  await mailing.run(ms / dayMs);
}

test.each([
  ["half of its grace", durationFromMs(12 * hourMs), KEEP, 6 * hourMs, "works on while nobody claims the new one"],
  ["half of its grace", durationFromMs(12 * hourMs), END, 6 * hourMs, /works until 20\d\d-.* UTC; from then on/],
  ["a day, where it has no grace", undefined, KEEP, dayMs, "works on while nobody claims the new one"],
] as const)(
  "a value that nobody has claimed for %s is told of once (%#)",
  async (_for, grace, unclaimed, after, said) => {
    const { mails, reminders } = await rotatedKey(grace, unclaimed);
    await lookAt(dayMs + after - 60_000);
    expect(await reminders()).toBe(0);
    for (let i = 0; i < 3; i++) {
      await lookAt(dayMs + after + 60_000 + i * 20 * 60_000);
    }
    expect(await reminders()).toBe(1);
    const [mail, ...others] = mails();
    expect(others).toEqual([]);
    expect(mail?.subject).toContain("The key orders has a new value that nobody has claimed");
    expect(mail?.text).toMatch(said);
  },
);

test.each([KEEP, END])("a value that was claimed, and not used yet, is told of nowhere (%s)", async (unclaimed) => {
  const { projectId, apiKeyId, mails, reminders } = await rotatedKey(durationFromMs(12 * hourMs), unclaimed);
  await claim({ projectId, apiKeyId });
  await lookAt(dayMs + 7 * hourMs);
  expect(await reminders()).toBe(0);
  expect(mails()).toEqual([]);
});

test("a value that nobody can claim any more is told of nowhere", async () => {
  const { reminders } = await rotatedKey(durationFromMs(12 * hourMs), END);
  await lookAt(dayMs + 13 * hourMs);
  expect(await reminders()).toBe(0);
});

test.each([
  ["whose value before has ended", END, 1 + 13 / 24, async () => undefined],
  ["that was claimed", KEEP, 1 + 8 / 24, claim],
  [
    "that was claimed, and rotated again",
    KEEP,
    3 + 1 / 24,
    async (of: Of) => {
      await claim(of);
      await setClockAhead(altalune.db, 3 * dayMs);
      await rotateDue(altalune);
      expect(await waitingKeys(altalune)).toContain(of.apiKeyId);
    },
  ],
] as const)("a mail that goes later says nothing of a key %s since", async (_how, unclaimed, day, meanwhile) => {
  const { projectId, apiKeyId, mails, reminders } = await rotatedKey(durationFromMs(12 * hourMs), unclaimed);
  await setClockAhead(altalune.db, dayMs + 7 * hourMs);
  await mailing.apiKeys.remindOfUnclaimed();
  expect(await reminders()).toBe(1);
  await meanwhile({ projectId, apiKeyId });
  await mailing.run(day);
  expect(mails()).toEqual([]);
});

test("whose value before ends with its key, before the grace is over, is reminded at half of what is left", async () => {
  const renewal = { beforeExpiry: durationFromMs(2 * dayMs), lifetime: durationFromMs(90 * dayMs), every: undefined };
  const { projectId, apiKeyId, reminders } = await rotatedKey(durationFromMs(10 * dayMs), END, renewal);
  expect(await reminders()).toBe(0);
  await setClockAhead(altalune.db, 198 * dayMs + 60_000);
  await rotateDue(altalune);
  await lookAt(199 * dayMs - 60_000);
  expect(await reminders()).toBe(0);
  await lookAt(199 * dayMs + 2 * 60_000);
  expect(await reminders()).toBe(1);
  await claim({ projectId, apiKeyId });
});

test("whoever has switched the key off is reminded once it is on again", async () => {
  const { projectId, apiKeyId, reminders } = await rotatedKey(durationFromMs(12 * hourMs));
  await altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId });
  await lookAt(dayMs + 7 * hourMs);
  expect(await reminders()).toBe(0);
  await altalune.clients.apiKeys.activateApiKey({ projectId, apiKeyId });
  await lookAt(dayMs + 8 * hourMs);
  expect(await reminders()).toBe(1);
});

test("what keeps people from being reminded of one value keeps no other waiting, and is tried again", async () => {
  const bad = await rotatedKey(durationFromMs(12 * hourMs));
  const good = await rotatedKey(durationFromMs(12 * hourMs));
  const id = await internalIdOf(altalune.db, bad.projectId);
  const heads = altalune.db.deleteFrom("altalune_audit_heads").where("project_id", "=", id);
  const [head] = await heads.returningAll().execute();
  await setClockAhead(altalune.db, dayMs + 7 * hourMs);
  await expect(mailing.apiKeys.remindOfUnclaimed()).rejects.toThrow("1 values could not be told to be unclaimed");
  expect([await bad.reminders(), await good.reminders()]).toEqual([0, 1]);
  if (head !== undefined) {
    await altalune.db.insertInto("altalune_audit_heads").values(head).execute();
  }
  await mailing.apiKeys.remindOfUnclaimed();
  expect([await bad.reminders(), await good.reminders()]).toEqual([1, 1]);
});

test.each([
  ["revoked", (of: Of) => altalune.clients.apiKeys.revokeApiKey({ ...of, reason: RevocationReason.SUPERSEDED })],
  ["rotated by hand", (of: Of) => altalune.clients.apiKeys.rotateApiKey(of)],
  ["of a deleted project", ({ projectId }: Of) => altalune.clients.projects.deleteProject({ projectId })],
] as const)("nobody is reminded of the value of a key that is %s", async (_how, end) => {
  const { projectId, apiKeyId, mails, reminders } = await rotatedKey(durationFromMs(12 * hourMs));
  await end({ projectId, apiKeyId });
  await lookAt(dayMs + 7 * hourMs);
  expect(await reminders()).toBe(0);
  expect(mails()).toEqual([]);
});

test("each value that waits is told of anew, and once, however many look at the same time", async () => {
  const keys: Awaited<ReturnType<typeof rotatedKey>>[] = [];
  for (let i = 0; i < 8; i++) {
    keys.push(await rotatedKey(durationFromMs(12 * hourMs)));
  }
  const look = () => Promise.all(Array.from({ length: 4 }, () => mailing.apiKeys.remindOfUnclaimed()));
  await setClockAhead(altalune.db, dayMs + 7 * hourMs);
  await look();
  for (const { reminders } of keys) {
    expect(await reminders()).toBe(1);
  }
  const [first] = keys;
  if (first === undefined) {
    throw new Error("no key");
  }
  await claim(first);
  await setClockAhead(altalune.db, 3 * dayMs);
  await rotateDue(altalune);
  await setClockAhead(altalune.db, 3 * dayMs + 7 * hourMs);
  await look();
  expect(await first.reminders()).toBe(2);
});

test("webhooks are told, with nothing of the value but how it begins, and projects may mute the mail", async () => {
  const { projectId, apiKeyId, mails } = await rotatedKey(durationFromMs(12 * hourMs));
  await altalune.clients.webhooks.createWebhook({
    projectId,
    url: "https://hooks.example.com",
    eventTypes: ["api_key.unclaimed"],
  });
  await altalune.clients.projects.updateProject({
    projectId,
    notices: { muted: [NoticeKind.UNCLAIMED] },
    updateMask: { paths: ["notices"] },
  });
  await lookAt(dayMs + 7 * hourMs);
  expect(mails()).toEqual([]);
  const told = await altalune.db
    .selectFrom("altalune_events")
    .select(["type", "detail"])
    .where("resource_id", "=", apiKeyId)
    .where("type", "=", "api_key.unclaimed")
    .execute();
  expect(told).toEqual([
    {
      type: "api_key.unclaimed",
      detail: { actor: "system", key_prefix: expect.stringMatching(/^sk-.{5}$/), in_force: "once claimed" },
    },
  ]);
});
