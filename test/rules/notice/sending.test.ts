import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { DueMail } from "../../../src/domain/notice/model.js";
import { smtpSender } from "../../../src/platform/mail/smtp.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { mailFrom, mailingOf, mailJobs, mailsTo, newAddress } from "../../support/mail.js";
import { type MailServer, startMailServer } from "../../support/mail-server.js";
import { addWhileTaken } from "../../support/taken-jobs.js";

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
});
afterEach(() => setClockAhead(altalune.db, 0));
afterAll(() => altalune.stop());

const minutes = 1 / (24 * 60);

/** A key that expires in twenty days, of a project with an address of its own. */
async function expiringKey() {
  const address = newAddress();
  const projectId = await newProject(altalune.clients, { contactEmails: [address] });
  await newApiKey(altalune.clients, projectId, { expiration: fromNow(20 * dayMs) });
  return { projectId, address };
}

/** A mail that a server has put off, and now takes. */
async function mailPutOff(server: MailServer) {
  const { address } = await expiringKey();
  const mailing = await mailingOf(altalune, server);
  server.answerRecipients(451);
  await mailing.run(14);
  server.answerRecipients(undefined);
  return { address, mailing };
}

const states = { pending: 1, sent: 2, refused: 3, givenUp: 4 };

test("what a server that is away is not handed is sent once it is there, and once", async () => {
  const gone = await startMailServer();
  await gone[Symbol.asyncDispose]();
  const { address } = await expiringKey();
  const mailing = await mailingOf(altalune, gone);
  await mailing.run(14);
  const [waiting] = await mailsTo(altalune.db, address);
  expect(waiting).toMatchObject({
    state: states.pending,
    attempts: 1,
    last_error: expect.stringMatching(/ECONN|ESOCKET/),
  });
  await mailing.run(14 + 3 * minutes);
  expect(await mailsTo(altalune.db, address)).toMatchObject([{ state: states.pending, attempts: 2 }]);

  await using back = await startMailServer({}, gone.port);
  // Nobody asks before it is time again.
  await mailing.run(14 + 4 * minutes);
  expect(back.received).toEqual([]);
  await mailing.run(14 + 30 * minutes);
  expect(back.received).toHaveLength(1);
  await mailing.run(14 + 60 * minutes);
  expect(back.received).toHaveLength(1);
  expect(await mailsTo(altalune.db, address)).toMatchObject([
    { state: states.sent, attempts: 3, last_error: "", next_attempt_at: null },
  ]);
});

test("a server that puts mail off is asked again at growing intervals, and after three days no more", async () => {
  await using server = await startMailServer();
  server.answerRecipients(451);
  const { address } = await expiringKey();
  const mailing = await mailingOf(altalune, server);
  const first = 13.5;
  let last = 0;
  const waits: number[] = [];
  for (let attempt = 1; attempt <= 9; attempt++) {
    await mailing.run(first + last / dayMs);
    const [mail] = await mailsTo(altalune.db, address);
    expect(mail).toMatchObject({ state: states.pending, attempts: attempt });
    const wait = (mail?.next_attempt_at?.getTime() ?? 0) - (Date.now() + first * dayMs + last);
    waits.push(wait);
    last += wait + 1_000;
  }
  // The last two are the same but for what is added by chance.
  const growing = waits.slice(0, -1);
  expect(growing).toEqual([...growing].sort((a, b) => a - b));
  await mailing.run(first + last / dayMs);
  expect(await mailsTo(altalune.db, address)).toMatchObject([
    { state: states.givenUp, attempts: 10, next_attempt_at: null, last_error: expect.stringContaining("451") },
  ]);
  expect(last / dayMs).toBeGreaterThan(2.8);
  expect(last / dayMs).toBeLessThan(3.5);
  await mailing.run(18);
  expect(server.asked.filter((asked) => asked === address)).toHaveLength(10);
});

test("a recipient whom the server refuses for good is not asked for again", async () => {
  await using server = await startMailServer();
  server.answerRecipients(550);
  const { address } = await expiringKey();
  const mailing = await mailingOf(altalune, server);
  await mailing.run(14);
  await mailing.run(14.5);
  expect(server.asked.filter((asked) => asked === address)).toHaveLength(1);
  const [mail] = await mailsTo(altalune.db, address);
  expect(mail).toMatchObject({ state: states.refused, attempts: 1, next_attempt_at: null });
  // The server's own words are not kept.
  expect(mail?.last_error).toContain("550");
  expect(mail?.last_error).not.toContain("no such box");
});

test("a process that is killed between the server's yes and its own note sends the mail again, with the same Message-ID", async () => {
  await using server = await startMailServer();
  const { address } = await expiringKey();
  const mailing = await mailingOf(altalune, server);
  await mailing.run(14);
  // As the claim of one that was killed leaves it.
  await altalune.db
    .updateTable("altalune_mails")
    .set({
      state: states.pending,
      next_attempt_at: new Date(Date.now() + 14 * dayMs),
      claimed_until: new Date(Date.now() + 14 * dayMs + 60_000),
      settled_at: null,
    })
    .where("address", "=", address)
    .execute();
  await mailing.run(14);
  expect(server.received).toHaveLength(1);
  await mailing.run(14 + 5 * minutes);
  expect(server.received).toHaveLength(2);
  const [first, second] = server.received.map(({ mail }) => mail.messageId);
  expect(second).toBe(first);
  expect(first).toMatch(/^<notice\.[0-9a-z]{14}@altalune\.example>$/);
});

test("a mail that is found to be due while a worker takes its last job has another", async () => {
  await using server = await startMailServer();
  const { address, mailing } = await mailPutOff(server);
  const before = (await mailJobs(altalune.db)).length;
  await setClockAhead(altalune.db, 14.1 * dayMs);
  await addWhileTaken(altalune, () => mailing.mails.addDueJobs(100));
  const [job, ...more] = (await mailJobs(altalune.db)).slice(before);
  expect(more).toEqual([]);
  await mailing.mails.attempt(job as DueMail);
  expect(server.received.filter(({ recipients }) => recipients.includes(address))).toHaveLength(1);
});

test("a job that is run twice sends one mail", async () => {
  await using server = await startMailServer();
  const { address, mailing } = await mailPutOff(server);
  await setClockAhead(altalune.db, 14.1 * dayMs);
  await mailing.mails.addDueJobs(100);
  const jobs = await mailJobs(altalune.db);
  const other = await mailingOf(altalune, server);
  await Promise.all([mailing, mailing, other].flatMap(({ mails }) => jobs.map((job) => mails.attempt(job))));
  await mailing.run(14.2);
  expect(server.received.filter(({ recipients }) => recipients.includes(address))).toHaveLength(1);
});

/** A server that accepts connections, and does with them what it is told. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const mail = { from: mailFrom, to: "a@example.com", subject: "s", text: "t", html: "h", messageId: "m@example.com" };
const serverAt = (port: number, settings = {}) => ({
  host: "127.0.0.1",
  port,
  isSecure: false,
  requiresTls: false,
  credentials: undefined,
  ...settings,
});

test("a server that says a byte at a time is given up, and its connection is closed", async () => {
  let isClosed = false;
  await using slow = await rawServer((socket) => {
    const timer = setInterval(() => socket.write("2"), 20);
    socket.on("close", () => {
      isClosed = true;
      clearInterval(timer);
    });
  });
  const outcome = await smtpSender(serverAt(slow.port), 500)(mail);
  expect(outcome.state).toBe("failed");
  await expect.poll(() => isClosed).toBe(true);
});

test("a server that takes a mail and never says so is given up", async () => {
  await using server = await startMailServer();
  server.holdMails(true);
  expect(await smtpSender(serverAt(server.port), 1_500)(mail)).toMatchObject({ state: "failed" });
  expect(server.received).toHaveLength(1);
});

test("a process hands over four mails at once, and puts the others off", async () => {
  await using server = await startMailServer();
  server.holdMails(true);
  const keys = await Promise.all(Array.from({ length: 9 }, () => expiringKey()));
  const mailing = await mailingOf(altalune, server);
  await setClockAhead(altalune.db, 14 * dayMs);
  await mailing.notices.noteTimes();
  await setClockAhead(altalune.db, 14 * dayMs + 3_000);
  await mailing.notices.addMails();
  await mailing.mails.addDueJobs(100);
  // Those of other tests are over.
  const jobs = (await mailJobs(altalune.db)).slice(-keys.length);
  const attempts = jobs.map((job) => mailing.mails.attempt(job));
  await server.has(4);
  expect(server.received).toHaveLength(4);
  await server[Symbol.asyncDispose]();
  await Promise.all(attempts);
  const mails = (await Promise.all(keys.map(({ address }) => mailsTo(altalune.db, address)))).flat();
  expect(mails.map(({ attempts: made }) => made).sort()).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1]);
  expect(mails.every(({ state }) => state === states.pending)).toBe(true);
});

test.each([
  "a,b@example.com",
  "team@example.com>",
  "a@example.com, b@example.com",
  "team@example.com\r\nRCPT TO:<b@example.com>",
  '"x" <b@example.com>',
  "",
])("an address that may be read as another, or as two, is sent nothing: %j", async (to) => {
  await using server = await startMailServer();
  expect(await smtpSender(serverAt(server.port))({ ...mail, to })).toMatchObject({ state: "refused" });
  expect(server.asked).toEqual([]);
});

test("a password goes to a server by TLS alone, unless that is this machine", async () => {
  const heard: string[] = [];
  await using plain = await rawServer((socket) => {
    socket.write("220 plain\r\n");
    socket.on("data", (chunk) => {
      heard.push(chunk.toString());
      socket.write(chunk.toString().startsWith("EHLO") ? "250-plain\r\n250 AUTH PLAIN LOGIN\r\n" : "454 no\r\n");
    });
  });
  const credentials = { user: "altalune", password: "a-password-of-mail" };
  const outcome = await smtpSender(serverAt(plain.port, { requiresTls: true, credentials }))(mail);
  expect(outcome).toMatchObject({ state: "failed" });
  expect(JSON.stringify(outcome)).not.toContain(credentials.password);
  expect(heard.join()).toContain("EHLO");
  expect(heard.join()).not.toContain("AUTH");
});

test("a login that is refused is for the operator to mend: the mail is tried again", async () => {
  await using server = await startMailServer({
    authOptional: false,
    onAuth: (_auth, _session, answer) => answer(Object.assign(new Error("no"), { responseCode: 535 })),
    allowInsecureAuth: true,
  });
  const credentials = { user: "altalune", password: "a-wrong-password" };
  expect(await smtpSender(serverAt(server.port, { credentials }))(mail)).toEqual({
    state: "failed",
    error: expect.stringMatching(/535.*EAUTH/),
  });
});

test.each([
  [550, "no such box", "refused"],
  [551, "elsewhere", "refused"],
  [553, "not allowed", "refused"],
  [550, "5.1.1 no such box", "refused"],
  [554, "5.2.1 switched off", "refused"],
  [554, "no", "failed"],
  [552, "too much", "failed"],
  [554, "5.7.1 relay access denied", "failed"],
  [550, "5.7.1 relay access denied", "failed"],
  [550, "5.4.5 daily quota", "failed"],
  [451, "4.1.1 later", "failed"],
] as const)("a recipient that is answered by %i %s is %s", async (status, words, state) => {
  await using server = await startMailServer();
  server.answerRecipients(status, words);
  const outcome = await smtpSender(serverAt(server.port))(mail);
  expect(outcome).toEqual({ state, error: expect.stringContaining(String(status)) });
  expect(outcome.error).not.toContain(words);
});

test.each([
  [554, "5.6.0 not to be read", "refused"],
  [554, "5.7.1 policy", "failed"],
  [550, "no", "failed"],
] as const)("a mail that is answered by %i %s is %s", async (responseCode, words, state) => {
  await using server = await startMailServer({
    onData(stream, _session, answer) {
      stream.resume();
      stream.on("end", () => answer(Object.assign(new Error(words), { responseCode })));
    },
  });
  expect(await smtpSender(serverAt(server.port))(mail)).toMatchObject({ state });
});
