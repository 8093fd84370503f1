import { expect, test } from "vitest";
import { mailContent } from "../../../src/domain/notice/mail-content.js";
import { type Notice, type NoticeKind, noticeKindNumbers } from "../../../src/domain/notice/model.js";
import { smtpSender } from "../../../src/platform/mail/smtp.js";
import { mailFrom } from "../../support/mail.js";
import { startMailServer } from "../../support/mail-server.js";

const now = new Date("2026-11-27T10:00:00Z");

function notice(changes: Partial<Notice> = {}): Notice {
  return {
    kind: "expiring",
    projectPublicId: "k3vq8zt5mwn2rx",
    projectName: "My API",
    resourceId: "b7cd4fhj9lpsu6",
    name: "orders",
    start: "sk-AbCdE",
    ownerId: "alice",
    standing: "live",
    expiresAt: new Date("2026-12-04T10:00:00Z"),
    previousExpiresAt: undefined,
    moment: new Date("2026-08-01T10:00:00Z"),
    detail: { at: "2026-11-27T09:58:00Z" },
    ...changes,
  };
}

const consoleUrl = "https://keys.example.com/console";
const kinds = Object.keys(noticeKindNumbers) as NoticeKind[];

test.each(kinds)("a mail that is about %s says what, which and what to do, as text and as HTML", (kind) => {
  const { subject, text, html } = mailContent({ notices: [notice({ kind })], count: 1 }, consoleUrl, now);
  expect(subject).toMatch(/^\[My API\] (The key orders|A webhook to) /);
  for (const body of [text, html]) {
    expect(body).toContain("Project: My API");
    expect(body).toContain("b7cd4fhj9lpsu6");
    expect(body).toContain(
      `${consoleUrl}/projects/k3vq8zt5mwn2rx/${kind === "webhook_disabled" ? "webhooks" : "keys"}/b7cd4fhj9lpsu6`,
    );
    expect(body).not.toMatch(/undefined|NaN|\[object/);
  }
  if (kind !== "webhook_disabled") {
    expect(text).toContain("Key: orders (sk-AbCdE…, b7cd4fhj9lpsu6)");
    expect(text).toContain("Owner: alice");
  }
});

test("where nobody knows by what browsers come, there is no link", () => {
  const { text, html } = mailContent({ notices: [notice()], count: 1 }, undefined, now);
  expect(text + html).not.toMatch(/https?:|href/);
});

test.each([
  ["revoke", "current", "revoked", "was revoked"],
  ["notify", "current", "revoked", "was revoked"],
  ["notify", "current", "expired", "has expired"],
  ["deactivate", "current", "deleted", "was deleted"],
  ["deactivate", "current", "off", "was switched off, and is refused"],
  ["deactivate", "current", "live", "is on again: it works on. So it does for whoever"],
  ["notify", "previous", "live", "works on. So it does for whoever"],
  ["revoke", "ended", "live", "old value"],
] as const)("of an exposed key it says how it is: %s, of the %s value, %s", (policy, value, standing, said) => {
  const detail = { policy, value, at: "2026-11-27T09:58:00Z" };
  const { text } = mailContent({ notices: [notice({ kind: "exposed", standing, detail })], count: 1 }, undefined, now);
  expect(text).toContain(said);
  expect(text).toContain("2026-11-27 09:58 UTC");
});

test.each([
  ["deactivate", "off", "was switched off, and is refused"],
  ["deactivate", "live", "is on again: it works on"],
  ["notify", "live", "The key works on."],
] as const)("of a key that is used oddly it says how it is, also among others: %s, %s", (policy, standing, said) => {
  const one = notice({ kind: "suspicious", standing, detail: { policy, at: "2026-11-27T09:58:00Z" } });
  for (const count of [1, 2]) {
    const { text, html } = mailContent({ notices: Array(count).fill(one), count }, undefined, now);
    expect(text).toContain(said);
    expect(html).toContain(said);
  }
});

test.each([
  ["already", "live", "works until 2026-11-28 10:00 UTC; from then on calls with it are refused"],
  ["once claimed", "live", "works on while nobody claims the new one, until the key ends at the latest"],
  ["already", "off", "was switched off, and is refused"],
] as const)(
  "of a value that is not claimed it says what becomes of the one before: %s, %s",
  (in_force, standing, said) => {
    const previousExpiresAt = new Date("2026-11-28T10:00:00Z");
    const one = notice({ kind: "unclaimed", standing, previousExpiresAt, detail: { in_force } });
    expect(mailContent({ notices: [one], count: 1 }, undefined, now).text).toContain(said);
  },
);

const hostile = [
  "a\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script>",
  "b\nSubject: other",
  "c\u2028To: victim@example.com",
  "\"><img src=x onerror=alert(1)>&amp;'",
  "=?utf-8?q?d=0D=0ABcc:_victim@example.com?=",
  "\u202egnp.exe\u0000\u0007",
  "🔑".repeat(50),
];

test.each(hostile)("no name adds a header, a recipient or markup: %j", async (name) => {
  await using server = await startMailServer();
  const send = smtpSender({
    host: "127.0.0.1",
    port: server.port,
    isSecure: false,
    requiresTls: false,
    credentials: undefined,
  });
  for (const count of [1, 2]) {
    const one = notice({ name, ownerId: name, projectName: name, start: name });
    const content = mailContent({ notices: Array.from({ length: count }, () => one), count }, consoleUrl, now);
    const outcome = await send({
      from: mailFrom,
      to: "team@example.com",
      messageId: "m.1@altalune.example",
      ...content,
    });
    expect(outcome).toEqual({ state: "sent", error: "" });
  }
  for (const { raw, mail, recipients } of server.received) {
    expect(recipients).toEqual(["team@example.com"]);
    const headers = [...mail.headers.keys()].sort();
    expect(headers).toEqual([
      ...["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"],
      "x-auto-response-suppress",
    ]);
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail.from?.value).toEqual([mailFrom]);
    expect([mail.to].flat().flatMap((to) => to?.value ?? [])).toEqual([{ address: "team@example.com", name: "" }]);
    expect(mail.subject).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(raw.slice(0, raw.indexOf("\r\n\r\n"))).not.toMatch(/^(bcc|cc):/im);
    // What begins a tag is ours.
    const tags = new Set([...String(mail.html).matchAll(/<([a-z0-9]+)/gi)].map(([, tag]) => tag?.toLowerCase()));
    expect([...tags].filter((tag) => ["script", "img"].includes(tag ?? ""))).toEqual([]);
  }
});
