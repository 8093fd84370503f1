import type { DescEnum, DescFile, DescMessage, DescMethod, DescService, FileRegistry } from "@bufbuild/protobuf";
import type { RpcRule } from "../../src/server/call/rpc-table.js";
import { commentLine, commentOf } from "../comments.js";
import { plainRoutes } from "../plain-routes/plain-route.js";
import type { Denial, Product } from "../product.js";
import { type Example, examples } from "./examples.js";
import { introduction } from "./introduction.js";
import { slug, table } from "./markdown.js";
import { plainRoutesLine, plainRoutesSection } from "./plain-routes.js";
import { ruleOf, rulesBetweenFields } from "./rules.js";
import { typeOf } from "./types.js";

/** In the order in which somebody meets them. */
const order = [
  "project",
  "api_key",
  "verification",
  "tier",
  "usage",
  "audit",
  "webhook",
  "portal",
  "exposure",
  "my_api_key",
  "user",
  "rotation",
  "notice",
  "common",
];

/** The whole of docs/api.md. */
export function apiPage(contract: FileRegistry, product: Product): string {
  const files = [...contract.files]
    .filter(({ proto, messages }) => proto.package === "altalune.v1" && messages.length > 0)
    .sort(byOrder);
  const sections = [
    introduction(product.bounds),
    contents(files),
    ...files.map((file) => fileSection(file, product)),
    plainRoutesSection(plainRoutes(contract, product), product.denials),
    errorSection(product.denials),
  ];
  return `${sections.join("\n\n")}\n`;
}

function byOrder(a: DescFile, b: DescFile): number {
  return placeOf(a) - placeOf(b);
}

function placeOf({ name }: DescFile): number {
  const place = order.indexOf(name.replace("altalune/v1/", ""));
  if (place === -1) {
    throw new Error(`${name} has no place on the page yet`);
  }
  return place;
}

function contents(files: readonly DescFile[]): string {
  const lines = files.flatMap(({ services }) =>
    services.map((service) => {
      const rpcs = service.methods.map(({ name }) => `[${name}](#${slug(name)})`);
      return `- [${service.name}](#${slug(service.name)}): ${rpcs.join(", ")}`;
    }),
  );
  const rest = ["- [Shared messages](#shared-messages)", plainRoutesLine(), "- [Errors](#errors)"];
  return [...lines, ...rest].join("\n");
}

function fileSection(file: DescFile, product: Product): string {
  const inline = new Set(
    file.services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])),
  );
  return [
    ...(file.services.length === 0 ? ["## Shared messages"] : file.services.map((service) => serviceHead(service))),
    ...file.services.flatMap(({ methods }) => methods.map((method) => rpcSection(method, product))),
    ...file.messages.filter((message) => !inline.has(message)).map(messageSection),
    ...file.enums.map(enumSection),
  ].join("\n\n");
}

function serviceHead(service: DescService): string {
  const example = examples[service.name];
  if (example === undefined) {
    throw new Error(`${service.name} has no example yet`);
  }
  return [`## ${service.name}`, ...commentOf(service), curl(service, example)].join("\n\n");
}

function curl(service: DescService, { rpc, body, keeps, credential }: Example): string {
  const call = [
    `curl -sS "$ALTALUNE/${service.typeName}/${rpc}" \\`,
    `  -H "Authorization: Bearer $${credential?.variable ?? "ROOT_KEY"}" -H 'Content-Type: application/json' \\`,
    `  -d '${body}'`,
  ].join("\n");
  const lines =
    keeps === undefined
      ? [call]
      : [
          `ANSWER=$(${call})`,
          `echo "$ANSWER"`,
          `${keeps.variable}=$(grep -o '"${keeps.member}":"[^"]*' <<< "$ANSWER" | cut -d '"' -f 4)`,
        ];
  const before =
    credential === undefined
      ? []
      : [
          `${credential.variable}=$(curl -sS "$ALTALUNE/${credential.path}" -H 'Content-Type: application/json' \\`,
          `  -d '${credential.body}' | grep -o '"${credential.member}":"[^"]*' | cut -d '"' -f 4)`,
        ];
  return ["```bash", ...before, ...lines, "```"].join("\n");
}

function rpcSection(method: DescMethod, product: Product): string {
  const rule = product.rpcRule(method);
  if (rule === undefined) {
    throw new Error(`${method.name} needs no scope, so nobody may call it`);
  }
  const routes = product
    .routesOf(method)
    .map(({ httpMethod, template }) => `\`${httpMethod} ${template}\``)
    .join(" or ");
  return [
    `### ${method.name}`,
    ...(product.isBuilt(method) ? [] : ["Not built yet: it answers `unimplemented`."]),
    ...commentOf(method),
    `${needOf(rule)} Path: \`/${method.parent.typeName}/${method.name}\`; over [REST](rest.md) ${routes}. Without an answer, it ${retries[`${rule.mayRetry}`]}.`,
    shape("Request", method.input, method),
    shape("Response", method.output, method),
  ].join("\n\n");
}

function needOf({ scope, permission, everyProject, tellsMore }: RpcRule): string {
  if (permission !== undefined) {
    return `Permission of the owner: \`${permission}\`, which a portal token may lack.`;
  }
  if (scope === undefined) {
    const more = tellsMore === undefined ? "" : ` With the scope \`${tellsMore}\` it tells more.`;
    return `It needs no credential.${more}`;
  }
  return `Scope: \`${scope}\`${everyProject ? ", and a root key without a project list or a user who reaches every project" : ""}.`;
}

const retries: Readonly<Record<`${RpcRule["mayRetry"]}`, string>> = {
  true: "may be sent again",
  false: "is not to be sent again unseen: it does its work each time",
  "with request_id":
    "[may be sent again](sending-again.md) if it has a `request_id`, and without one does its work each time",
};

/** A message that several rpcs share is shown with the first of them. */
function shape(title: string, message: DescMessage, method: DescMethod): string {
  const home = rpcOf(message);
  if (home !== undefined && home !== method) {
    return `${title}: as the ${message === home.input ? "request" : "response"} of [${home.name}](#${slug(home.name)}).`;
  }
  const between = rulesBetweenFields(message).join(" ");
  return [`${title} \`${message.name}\`:${between === "" ? "" : ` ${between}`}`, fieldTable(message)].join("\n\n");
}

function rpcOf(message: DescMessage): DescMethod | undefined {
  return message.file.services
    .flatMap(({ methods }) => methods)
    .find(({ input, output }) => message === input || message === output);
}

function messageSection(message: DescMessage): string {
  return [`### ${message.name}`, ...commentOf(message), ...rulesBetweenFields(message), fieldTable(message)].join(
    "\n\n",
  );
}

function fieldTable(message: DescMessage): string {
  if (message.fields.length === 0) {
    return "No fields.";
  }
  const rows = message.fields.map((field) => [
    `\`${field.jsonName}\``,
    `\`${field.name}\` = ${field.number}`,
    typeOf(field, linkTo),
    commentLine(field),
    literal(ruleOf(field)),
  ]);
  const ruled = rows.some((cells) => cells.at(-1) !== "");
  const header = ["JSON", "proto", "type", "meaning", "rule"];
  return ruled
    ? table(header, rows)
    : table(
        header.slice(0, -1),
        rows.map((cells) => cells.slice(0, -1)),
      );
}

function enumSection(enumeration: DescEnum): string {
  const rows = enumeration.values.map((value) => [`\`${value.name}\``, String(value.number), commentLine(value)]);
  return [`### ${enumeration.name}`, ...commentOf(enumeration), table(["name", "no.", "meaning"], rows)].join("\n\n");
}

function errorSection(denials: readonly Denial[]): string {
  const rows = denials.map(({ reason, code, sentence, facts }) => [
    `\`${reason}\``,
    `\`${code}\``,
    literal(sentence),
    facts.map((fact) => `\`${fact}\``).join(", "),
  ]);
  return ["## Errors", table(["reason", "code", "message", "metadata"], rows)].join("\n\n");
}

function linkTo(desc: DescMessage | DescEnum): string {
  const home = desc.kind === "message" ? rpcOf(desc) : undefined;
  return `[${desc.name}](#${slug(home?.name ?? desc.name)})`;
}

/** Text that holds no markup, whatever it looks like. */
function literal(text: string): string {
  return text.replace(/[*_<]/g, "\\$&");
}
