import type { ClaimedMail, Notice } from "./model.js";
import { type NoticeText, textOf } from "./texts.js";

/** What a mail says, as text and as HTML. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A notice as it stands in a mail: names that others have chosen are one line each. */
interface Part {
  readonly headline: string;
  readonly facts: readonly string[];
  readonly sentences: readonly string[];
  /** Undefined: nobody knows by what browsers reach the console. */
  readonly link: string | undefined;
}

/**
 * Writes a mail about some notices.
 *
 * @param consoleUrl what links begin with; undefined: there are none
 */
export function mailContent(
  { notices, count }: Pick<ClaimedMail, "notices" | "count">,
  consoleUrl: string | undefined,
  now: Date,
): MailContent {
  const parts = notices.map((notice) => partOf(notice, textOf(notice, now), consoleUrl));
  const [only] = parts;
  const isDigest = count > 1;
  const projects = [...new Set(notices.map(({ projectName }) => oneLine(projectName)))];
  const where = projects.length === 1 ? projects[0] : `${projects.length} projects`;
  const title = isDigest ? `${count} notices about keys and webhooks` : (only?.headline ?? "");
  const left = count - parts.length;
  const more = left === 0 ? [] : [`And ${left} more, which the console shows.`];
  return {
    subject: `[${where}] ${title}`,
    text: textPage(title, isDigest, parts, more),
    html: htmlPage(title, isDigest, parts, more),
  };
}

function partOf(notice: Notice, { headline, sentences }: NoticeText, consoleUrl: string | undefined): Part {
  const { projectPublicId, projectName, resourceId, name, start, ownerId } = notice;
  const project = consoleUrl && `${consoleUrl}/projects/${projectPublicId}`;
  const isWebhook = notice.kind === "webhook_disabled";
  const key = [`Key: ${name} (${start}…, ${resourceId})`, ...(ownerId === "" ? [] : [`Owner: ${ownerId}`])];
  return {
    headline: oneLine(headline),
    facts: [`Project: ${projectName}`, ...(isWebhook ? [`Webhook: ${resourceId}`] : key)].map(oneLine),
    sentences: sentences.map(oneLine),
    link: project && `${project}/${isWebhook ? "webhooks" : "keys"}/${resourceId}`,
  };
}

const footer =
  "Altalune sends this to a project's contacts and to owners of keys. Which kinds are sent, and to whom, is among the project's settings.";

function textPage(title: string, isDigest: boolean, parts: readonly Part[], more: readonly string[]): string {
  const blocks = parts.map(({ headline, facts, sentences, link }) =>
    [
      ...(isDigest ? [headline] : []),
      ...facts.map((fact) => (isDigest ? `  ${fact}` : fact)),
      ...(isDigest ? sentences.slice(0, -1).map((sentence) => `  ${sentence}`) : ["", ...sentences]),
      ...(link === undefined ? [] : [isDigest ? `  ${link}` : `\n${link}`]),
    ].join("\n"),
  );
  const advice = isDigest ? adviceOf(parts) : [];
  return `${[title, ...blocks, ...more, ...advice, `-- \n${footer}`].join("\n\n")}\n`;
}

function htmlPage(title: string, isDigest: boolean, parts: readonly Part[], more: readonly string[]): string {
  const blocks = parts.map(({ headline, facts, sentences, link }) => {
    const heading = isDigest ? `<h2 style="font-size:16px;margin:24px 0 4px">${asHtml(headline)}</h2>` : "";
    const said = (isDigest ? sentences.slice(0, -1) : sentences)
      .map((sentence) => `<p>${asHtml(sentence)}</p>`)
      .join("");
    const list = `<p>${facts.map(asHtml).join("<br>")}</p>`;
    return `${heading}${list}${said}${link === undefined ? "" : `<p><a href="${asHtml(link)}">Look at it in the console</a></p>`}`;
  });
  const advice = isDigest ? adviceOf(parts) : [];
  const others = [...more, ...advice].map((sentence) => `<p>${asHtml(sentence)}</p>`);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>',
    '<body style="font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;max-width:40em">',
    `<h1 style="font-size:20px">${asHtml(title)}</h1>`,
    ...blocks,
    ...others,
    `<hr><p style="font-size:13px">${asHtml(footer)}</p></body></html>`,
  ].join("\n");
}

/** What to do, once for each kind: the last sentence of each part says it. */
function adviceOf(parts: readonly Part[]): readonly string[] {
  return [...new Set(parts.flatMap(({ sentences }) => sentences.slice(-1)))];
}

/** A text without what could end a line or hide what stands beside it. */
function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function asHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
