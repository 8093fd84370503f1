import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createTestDatabase } from "../../support/database.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { createClients, transportTo } from "../../support/instance.js";
import { startMailServer } from "../../support/mail-server.js";
import { runService } from "../chaos/service-process.js";

const rootKey = randomBytes(32).toString("hex");
const address = "team@example.com";
const other = "others@example.com";

test("of three processes that are killed while the server is away, each thing is told once when it is back", {
  timeout: 900_000,
}, async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const gone = await startMailServer();
  await gone[Symbol.asyncDispose]();
  const env = {
    DATABASE_URL: database.url,
    ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64"),
    ALTALUNE_ROOT_KEY: rootKey,
    ALTALUNE_SMTP_URL: `smtp://altalune:a-password-of-mail@127.0.0.1:${gone.port}`,
    ALTALUNE_MAIL_FROM: "Altalune <keys@altalune.example>",
    ALTALUNE_CACHE_LEASE: "1s",
    LOG_LEVEL: "debug",
  };
  const start = async () => {
    const service = runService(env);
    return { service, url: await service.ready };
  };
  let running = [await start(), await start(), await start()];
  const ended: string[] = [];
  const end = async (signal: NodeJS.Signals) => {
    for (const { service } of running) {
      service.signal(signal);
      await service.ended;
      ended.push(service.stderr());
    }
  };
  try {
    const { projects, apiKeys, exposures } = createClients(transportTo(running[0]?.url ?? "", rootKey));
    const clients = { projects, apiKeys } as Parameters<typeof newProject>[0];
    const projectId = await newProject(clients, { name: "Orders", contactEmails: [address] });
    // Made long ago, so that what is due in a week is due.
    await newApiKey(clients, projectId, { name: "near", expiration: fromNow(7.5 * dayMs) });
    // Another address, as the second mail to one waits.
    const otherId = await newProject(clients, { name: "Shop", contactEmails: [other] });
    const leaked = await newApiKey(clients, otherId, { name: "leaked" });
    await exposures.reportExposedKey({ key: leaked.value, source: "a test", url: "" });
    const { default: pg } = await import("pg");
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    onTestFinished(() => db.end());
    await db.query(
      "update altalune_project_api_keys set created_at = created_at - interval '20 days', expires_at = expires_at - interval '1 day' where name = 'near'",
    );
    // Whatever was looked at before is looked at anew.
    await projects.updateProject({ projectId, notices: { expiringDays: [7] } });
    const failed = async () =>
      (await db.query("select count(*)::int as count from altalune_mails where attempts > 0")).rows[0].count;
    await expect.poll(failed, { timeout: 150_000, interval: 500 }).toBe(2);
    await end("SIGKILL");
    // On a slow machine one of them has failed twice by now and is due in five minutes, or was claimed by a process that is gone.
    const { rows } = await db.query(
      "select extract(epoch from max(greatest(next_attempt_at, claimed_until)) - now()) * 1000 as due from altalune_mails",
    );
    await using back = await startMailServer(
      { onAuth: (_auth, _session, answer) => answer(null, { user: "altalune" }), allowInsecureAuth: true },
      gone.port,
    );
    running = [await start(), await start(), await start()];
    await back.has(2, Math.max(0, Number(rows[0].due)) + 120_000);
    const sent = async () =>
      (await db.query("select count(*)::int as count from altalune_mails where state = 2")).rows[0].count;
    await expect.poll(sent, { timeout: 30_000 }).toBe(2);
    // A minute in which time is looked at again.
    const looked = async () =>
      (await db.query("select min(looked_until) > now() - interval '5 seconds' as looked from altalune_notice_looks"))
        .rows[0].looked;
    await expect.poll(looked, { timeout: 100_000, interval: 500 }).toBe(true);
    expect(back.received.map(({ mail }) => mail.subject).sort()).toEqual([
      "[Orders] The key near expires in 7 days",
      "[Shop] The key leaked was found where others can read it",
    ]);
    expect(back.received.flatMap(({ recipients }) => recipients).sort()).toEqual([other, address]);
    for (const { sender, raw } of back.received) {
      expect(sender).toBe("keys@altalune.example");
      expect(raw).not.toContain(leaked.value);
    }
  } finally {
    await end("SIGTERM");
  }
  const said = ended.join("\n");
  expect(said).toContain("a mail could not be handed over");
  for (const secret of ["a-password-of-mail", address, other]) {
    expect(said).not.toContain(secret);
  }
});
