import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { needOf } from "../openapi/plain-operations.js";
import { type PlainRoute, schemaOfBody } from "../plain-routes/plain-route.js";
import { refusalsOf } from "../plain-routes/refusals.js";
import { exampleOf, plainTags } from "../plain-routes/route.js";
import type { Denial } from "../product.js";
import { slug, table } from "./markdown.js";

const introduction = `## Plain routes

These are no rpcs: people who sign in come by them, scanners, and owners of keys by names that they may know from elsewhere. They take and answer JSON in
snake_case. A refusal is a problem ([rest.md](rest.md#answers)) that also has \`error\`, \`message\` and, where members are at fault, \`fields\`; beside
the reasons that stand with a route it may be \`DATABASE_BUSY\`, \`DATABASE_SILENT\` (503) or a fault of ours (500).
[openapi.json](openapi.json) has their schemas.`;

/** Refusals that every route may have, which the introduction tells of. */
const ofAll = new Set(["DATABASE_BUSY", "DATABASE_SILENT"]);

export function plainRoutesSection(routes: readonly PlainRoute[], denials: readonly Denial[]): string {
  const sections = Object.entries(plainTags).flatMap(([tag, told]) => [
    `### ${tag}`,
    told,
    ...routes.filter((route) => route.tag === tag).map((route) => routeSection(route, denials)),
  ]);
  return [introduction, ...sections].join("\n\n");
}

/** A line of the page's contents. */
export function plainRoutesLine(): string {
  const tags = Object.keys(plainTags).map((tag) => `[${tag}](#${slug(tag)})`);
  return `- [Plain routes](#plain-routes): ${tags.join(", ")}`;
}

function routeSection(route: PlainRoute, denials: readonly Denial[]): string {
  const { method, path, summary, description, by, body, answer } = route;
  const { status, headers = {} } = answer;
  const answers = [`\`${status}\`: ${answer.description}`, ...Object.entries(headers).map(headerWords)].join(" ");
  return [
    `#### ${method} ${path}`,
    [`${summary}.`, description, needOf[by]].filter(Boolean).join(" "),
    ...(body === undefined ? [] : [memberTable(schemaOfBody(body)), json(body.example)]),
    `Answers ${answers}`,
    ...(answer.body === undefined ? [] : [json(exampleOf(answer.body.schema))]),
    `Refused by ${refusalsOf(route, denials)
      .map(refusalWords)
      .filter((words) => words !== "")
      .join("; ")}.`,
  ].join("\n\n");
}

function headerWords([name, told]: readonly [string, string]): string {
  return `\`${name}\`: ${told}`;
}

function refusalWords({ status, reasons }: ReturnType<typeof refusalsOf>[number]): string {
  const named = reasons.filter(({ reason }) => !ofAll.has(reason)).map(({ reason }) => `\`${reason}\``);
  return named.length === 0 ? "" : `${status} ${named.join(", ")}`;
}

/** Of a list, the members of what is in it. */
function memberTable({ items, properties = {}, required = [] }: JsonObject): string {
  if (items !== undefined) {
    return `A list, each of it:\n\n${memberTable(items as JsonObject)}`;
  }
  const rows = Object.entries(properties as Readonly<Record<string, JsonObject>>).map(([name, schema]) => [
    `\`${name}\``,
    (required as readonly string[]).includes(name) ? "required" : "",
    typeOf(schema),
    String(schema["description"]),
  ]);
  return rows.length === 0 ? "No members." : table(["member", "", "type", "meaning"], rows);
}

/** The type of a member, which may be null, too, where it says so. */
function typeOf({ type, anyOf, format, maxLength, maxItems }: JsonObject): string {
  if (Array.isArray(anyOf)) {
    return [...new Set((anyOf as JsonObject[]).map(typeOf))].filter((one) => one !== "").join(" or ");
  }
  const words: Readonly<Record<string, string>> = { string: format === "date-time" ? "time" : "text", array: "list" };
  const names = (Array.isArray(type) ? type : [type]).filter((one) => one !== undefined).map(String);
  const most = maxLength === undefined ? maxItems : maxLength;
  return names.map((name) => words[name] ?? name).join(" or ") + (most === undefined ? "" : `, at most ${most}`);
}

function json(value: JsonValue): string {
  return ["```json", JSON.stringify(value, null, 1).replace(/\n\s*/g, " "), "```"].join("\n");
}
