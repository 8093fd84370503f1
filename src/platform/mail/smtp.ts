import type { Transporter } from "nodemailer";

/** Where mail is handed over. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the start; otherwise by STARTTLS, where the server has it. */
  readonly isSecure: boolean;
  /** Nothing is sent in clear, not even the question whether there is TLS. */
  readonly requiresTls: boolean;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

export interface MailAddress {
  /** Empty: none. */
  readonly name: string;
  readonly address: string;
}

export interface OutgoingMail {
  readonly from: MailAddress;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Without angle brackets. By it receivers know a mail that comes twice. */
  readonly messageId: string;
}

export interface SendOutcome {
  /** Refused: for good, for what this mail is or who it is to. Failed: it may be sent again. */
  readonly state: "sent" | "refused" | "failed";
  /** Empty: it was taken. Nothing in the words of the server, which may quote what it was sent. */
  readonly error: string;
}

/** Hands a mail over. It does not throw. */
export type SendMail = (mail: OutgoingMail) => Promise<SendOutcome>;

/** An address as mail is sent to it and from it, for patterns: none of its characters makes two addresses of it, or a name. */
export const mailAddressPattern =
  "[a-zA-Z0-9!#$%&*+/=?^_`{|}~.-]{1,64}@[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,188}[a-zA-Z0-9])?";
const mailAddress = new RegExp(`^${mailAddressPattern}$`);

/** How long each part may take, and all of it, in milliseconds: a server that hangs, or answers a byte at a time, holds nobody up. */
const connectMs = 10_000;
const silenceMs = 20_000;
const wholeMs = 60_000;

/** @param wholeTimeoutMs how long it may take in all */
export function smtpSender(server: SmtpServer, wholeTimeoutMs = wholeMs): SendMail {
  let transport: Promise<Transporter> | undefined;
  return async ({ from, to, subject, text, html, messageId }) => {
    if (!mailAddress.test(to)) {
      return { state: "refused", error: "the address is of a form that mail is not sent to" };
    }
    try {
      transport ??= openTransport(server);
      await (await transport).sendMail({
        from: { name: from.name, address: from.address },
        to: { name: "", address: to },
        // Whoever it is for is told, and nobody whom a header could name.
        envelope: { from: from.address, to: [to] },
        subject,
        text,
        html,
        messageId: `<${messageId}>`,
        headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
        signal: AbortSignal.timeout(wholeTimeoutMs),
      });
      return { state: "sent", error: "" };
    } catch (error) {
      return outcomeOf(error);
    }
  };
}

/** Loaded when there is the first mail to send. Each mail has a connection of its own: there are few. */
async function openTransport({ host, port, isSecure, requiresTls, credentials }: SmtpServer): Promise<Transporter> {
  const { createTransport } = await import("nodemailer");
  return createTransport({
    host,
    port,
    secure: isSecure,
    requireTLS: requiresTls && !isSecure,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    dnsTimeout: connectMs,
    // No mail of ours takes anything from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
  });
}

interface SmtpError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/** What an enhanced status (RFC 3463) says is about the address, the mailbox or the mail; others are about policy, quotas or us. */
const finalEnhanced = /^5\.[126]\./;
/** What servers without those answer where there is no such mailbox, or it is elsewhere. */
const finalAtRecipient: readonly unknown[] = [550, 551, 553];

/** Whether another attempt cannot help. Whatever an operator can mend, such as a login or a relay that denies, is tried again. */
function isFinal({ responseCode, response, command }: SmtpError): boolean {
  if ((command !== "RCPT TO" && command !== "DATA") || typeof responseCode !== "number" || responseCode < 500) {
    return false;
  }
  const [, enhanced] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?!\S)/.exec(String(response)) ?? [];
  return enhanced === undefined
    ? command === "RCPT TO" && finalAtRecipient.includes(responseCode)
    : finalEnhanced.test(enhanced);
}

function outcomeOf(error: unknown): SendOutcome {
  const { code, responseCode, command } = error as SmtpError;
  const status = typeof responseCode === "number" ? responseCode : undefined;
  const said = [
    status === undefined ? undefined : `the server has answered with the status ${status}`,
    typeof code === "string" ? code : undefined,
    typeof command === "string" ? `at ${command}` : undefined,
  ];
  return {
    state: isFinal(error as SmtpError) ? "refused" : "failed",
    error: said.filter((part) => part !== undefined).join(", ") || "it could not be handed over",
  };
}
