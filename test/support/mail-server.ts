import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect } from "vitest";

/** A mail as it came. */
export interface ReceivedMail {
  readonly raw: string;
  readonly mail: ParsedMail;
  /** Whom the envelope names, whatever the headers say. */
  readonly recipients: readonly string[];
  readonly sender: string;
}

/** A real SMTP server that keeps what it is handed. */
export interface MailServer extends AsyncDisposable {
  readonly port: number;
  /** ALTALUNE_SMTP_URL. */
  readonly url: string;
  readonly received: readonly ReceivedMail[];
  /** Whom it was asked to take mail for, whether it did or not. */
  readonly asked: readonly string[];
  /** Answers the recipients of the mails that come from now on; without a status, it takes them. @param words what it says besides */
  answerRecipients(status: number | undefined, words?: string): void;
  /** Takes mails from now on, and never says so; false: it does. */
  holdMails(holds: boolean): void;
  /** Waits for so many. */
  has(count: number, timeoutMs?: number): Promise<readonly ReceivedMail[]>;
}

/** @param port where it listens; 0: anywhere */
export async function startMailServer(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const asked: string[] = [];
  let status: number | undefined;
  let said = "no such box";
  let holds = false;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    closeTimeout: 100,
    onRcptTo({ address }, _session, answer) {
      asked.push(address);
      answer(status === undefined ? null : Object.assign(new Error(said), { responseCode: status }));
    },
    onData(stream, { envelope }, answer) {
      void buffer(stream).then(async (bytes) => {
        const sender = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const recipients = envelope.rcptTo.map(({ address }) => address);
        received.push({ raw: bytes.toString("latin1"), mail: await simpleParser(bytes), recipients, sender });
        if (!holds) {
          answer(null);
        }
      });
    },
    ...options,
  });
  // A client that goes away in the middle is what some tests are about.
  server.on("error", () => undefined);
  const listening = server.listen(port, "127.0.0.1");
  await new Promise((resolve) => listening.once("listening", resolve));
  const { port: ours } = listening.address() as AddressInfo;
  return {
    port: ours,
    url: `smtp://127.0.0.1:${ours}`,
    received,
    asked,
    answerRecipients(next, words = "no such box") {
      status = next;
      said = words;
    },
    holdMails(next) {
      holds = next;
    },
    async has(count, timeoutMs = 15_000) {
      await expect.poll(() => received.length, { timeout: timeoutMs }).toBeGreaterThanOrEqual(count);
      return received;
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
