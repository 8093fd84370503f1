import { z } from "zod";
import { isLoopback } from "../platform/address-ranges.js";
import { type MailAddress, mailAddressPattern, type SmtpServer } from "../platform/mail/smtp.js";

/** How mail is sent. */
export interface MailConfig {
  readonly server: SmtpServer;
  readonly from: MailAddress;
}

/** The variables of mail. */
export const mailVariables = {
  ALTALUNE_SMTP_URL: z.string().transform(smtpServerOf).optional(),
  ALTALUNE_MAIL_FROM: z.string().transform(fromOf).optional(),
} as const;

export function mailFaults(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  const [url, from] = ["ALTALUNE_SMTP_URL", "ALTALUNE_MAIL_FROM"] as const;
  if (given[url] !== undefined && given[from] === undefined) {
    return [`${from} must be set together with ${url}: mail comes from it`];
  }
  return given[url] === undefined && given[from] !== undefined ? [`${from} goes with ${url}`] : [];
}

export function mailOf({
  ALTALUNE_SMTP_URL: server,
  ALTALUNE_MAIL_FROM: from,
}: {
  readonly ALTALUNE_SMTP_URL?: SmtpServer | undefined;
  readonly ALTALUNE_MAIL_FROM?: MailAddress | undefined;
}): MailConfig | undefined {
  return server === undefined || from === undefined ? undefined : { server, from };
}

const smtpPort = 587;
const smtpsPort = 465;
const hostShape = /^([a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\])$/;

function smtpServerOf(text: string, context: z.RefinementCtx): SmtpServer {
  const url = /^smtps?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const credentials = url && credentialsOf(url);
  const isPlain =
    url !== undefined && hostShape.test(url.hostname) && ["", "/"].includes(url.pathname) && !/[?#]/.test(text);
  if (url === undefined || !isPlain || credentials === "half" || url.port === "0") {
    context.addIssue({
      code: "custom",
      message:
        "must be a URL such as smtps://user:password@mail.example.com, or smtp:// for STARTTLS, its user and password percent-encoded, and with nothing behind its host and port",
    });
    return z.NEVER;
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isSecure = url.protocol === "smtps:";
  const isHere = host.toLowerCase() === "localhost" || isLoopback(host);
  return {
    host,
    port: url.port === "" ? (isSecure ? smtpsPort : smtpPort) : Number(url.port),
    isSecure,
    // A password does not travel in clear.
    requiresTls: credentials !== undefined && !isHere,
    credentials,
  };
}

function credentialsOf({ username, password }: URL): SmtpServer["credentials"] | "half" {
  if (username === "" && password === "") {
    return undefined;
  }
  try {
    const credentials = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    return credentials.user === "" || credentials.password === "" ? "half" : credentials;
  } catch {
    return "half";
  }
}

const namedAddress = new RegExp(
  `^(?:([^<>"\\p{C}\\p{Zl}\\p{Zp}]{0,100}?) *<(${mailAddressPattern})>|(${mailAddressPattern}))$`,
  "u",
);

function fromOf(text: string, context: z.RefinementCtx): MailAddress {
  const [match, name = "", named, bare] = namedAddress.exec(text) ?? [];
  if (match === undefined) {
    context.addIssue({
      code: "custom",
      message: "must be an address, alone or with a name before it: Altalune <keys@example.com>",
    });
  }
  return { name: name.trim(), address: named ?? bare ?? "" };
}
