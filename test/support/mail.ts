import { type Kysely, sql } from "kysely";
import { createServices } from "../../src/app/context.js";
import type { ApiKeyService } from "../../src/domain/api_key/service.js";
import type { AuditService } from "../../src/domain/audit/service.js";
import { systemCaller } from "../../src/domain/caller.js";
import type { DueMail } from "../../src/domain/notice/model.js";
import type { MailService } from "../../src/domain/notice/service/sending.js";
import type { NoticeService } from "../../src/domain/notice/service.js";
import { MasterKey } from "../../src/platform/master-key.js";
import type { Database } from "../../src/platform/postgres/database.js";
import { PublicUrl } from "../../src/platform/public-url.js";
import { setClockAhead } from "./clock.js";
import { dayMs, internalIdOf, newProject, uniqueName } from "./fixtures.js";
import type { TestInstance } from "./instance.js";
import type { MailServer } from "./mail-server.js";

export const mailFrom = { name: "Altalune", address: "keys@altalune.example" };
export const consoleBase = "https://keys.example.com";

/** An address that no other project of a test has. */
export function newAddress(): string {
  return `${uniqueName("team").replace(" ", "-")}@example.com`;
}

/** What sends mail of an instance that runs no jobs, as a process of its own would. */
export interface Mailing {
  readonly notices: NoticeService;
  readonly mails: MailService;
  readonly audit: AuditService;
  readonly apiKeys: ApiKeyService;
  /** Does all that the jobs of a minute do, at a time so many days from now. */
  run(day: number): Promise<void>;
  /** Hands over what is due, and no more. */
  send(): Promise<void>;
}

export async function mailingOf({ db, masterKey }: TestInstance, { port }: Pick<MailServer, "port">): Promise<Mailing> {
  const { notices, mails, audit, apiKeys } = await createServices({
    db,
    masterKey: new MasterKey(Buffer.from(masterKey, "base64")),
    environmentKey: undefined,
    publicUrl: new PublicUrl(consoleBase),
    mail: {
      server: { host: "127.0.0.1", port, isSecure: false, requiresTls: false, credentials: undefined },
      from: mailFrom,
    },
  });
  if (mails === undefined) {
    throw new Error("mail is not sent");
  }
  const send = async () => {
    await mails.addDueJobs(1_000);
    for (const due of await mailJobs(db)) {
      await mails.attempt(due);
    }
  };
  return {
    notices,
    mails,
    audit,
    apiKeys,
    send,
    async run(day) {
      await setClockAhead(db, day * dayMs);
      await notices.noteTimes();
      // Nothing else must have come for a moment.
      await setClockAhead(db, day * dayMs + 3_000);
      await notices.addMails();
      await send();
    },
  };
}

/** The jobs that wait to send a mail, where no process runs them. */
export async function mailJobs(db: Kysely<Database>): Promise<readonly DueMail[]> {
  const { rows } = await sql<{ payload: { readonly mailId: string; readonly dueAt: string } }>`
    select payload from altalune_jobs._private_jobs where payload::jsonb ? 'mailId' order by id
  `.execute(db);
  return rows.map(({ payload: { mailId, dueAt } }) => ({ id: BigInt(mailId), dueAt: new Date(dueAt) }));
}

/** What became of the mails to an address, the first first. */
export async function mailsTo(db: Kysely<Database>, address: string) {
  return db
    .selectFrom("altalune_mails")
    .select(["state", "attempts", "last_error", "next_attempt_at", "settled_at"])
    .where("address", "=", address)
    .orderBy("id")
    .execute();
}

export type ProjectSettings = Parameters<TestInstance["clients"]["projects"]["createProject"]>[0];

/** A project with an address of its own, and what that was sent, by subjects. */
export async function contactedProjectOf(
  { clients }: Pick<TestInstance, "clients">,
  server: MailServer,
  settings: ProjectSettings = {},
) {
  const address = newAddress();
  const name = uniqueName("project");
  const projectId = await newProject(clients, {
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
export async function noteExposedBy(
  { audit }: Mailing,
  { db }: Pick<TestInstance, "db">,
  projectId: string,
  apiKeyId: string,
  value = "current",
): Promise<void> {
  const id = await internalIdOf(db, projectId);
  await db
    .transaction()
    .execute((tx) => audit.record(tx, systemCaller, { id }, "api_key.exposed", apiKeyId, { value, policy: "notify" }));
}
