import type { JsonObject } from "@bufbuild/protobuf";
import { type PlainRoute, schemaOfBody } from "../plain-routes/plain-route.js";
import { refusalsOf } from "../plain-routes/refusals.js";
import { type By, exampleOf } from "../plain-routes/route.js";
import type { Denial } from "../product.js";
import type { Components } from "./components.js";
import { headersOfStatus } from "./refusals.js";
import { headerRefs } from "./responses.js";
import { projectParameter, securityOf } from "./security.js";

/** A route that is none of the protos'. */
export function plainOperation(route: PlainRoute, denials: readonly Denial[], components: Components): JsonObject {
  const { operationId, tag, summary, description, by, body, parameters = [] } = route;
  const all = [...parameters, ...(by === "owner" ? [projectParameter] : [])];
  return {
    operationId,
    tags: [tag],
    summary,
    description: [description, needOf[by]].filter(Boolean).join("\n\n"),
    security: securityOf(by),
    ...(all.length > 0 && { parameters: all }),
    ...(body !== undefined && { requestBody: requestBody(body, components) }),
    responses: {
      [route.answer.status]: answerOf(route, components),
      ...Object.fromEntries(refusalsOf(route, denials).map((refusal) => [refusal.status, refusalOf(route, refusal)])),
      ...Object.fromEntries(unnamed.map(([status, name]) => [status, { $ref: `#/components/responses/${name}` }])),
    },
  };
}

export const needOf: Readonly<Record<By, string>> = {
  anybody: "Needs no credential.",
  user: "Needs the session of a user, by its cookie or an access token.",
  owner: "Needs a credential of an owner of keys.",
  github: "Needs no credential but GitHub's signature.",
  "cookie or password": "Needs the cookie of a session, or a password in the body.",
};

/** What every route may answer that has no reason of its own. */
const unnamed = [
  [431, "RequestHeaderFieldsTooLarge"],
  [500, "InternalServerError"],
  [504, "GatewayTimeout"],
] as const;

/** Problems of these routes say the same by other names, too. */
export function plainProblemSchema(): JsonObject {
  return {
    allOf: [{ $ref: "#/components/schemas/Problem" }],
    type: "object",
    description: "A problem, which says the same by other names as well, for clients that read those.",
    properties: {
      error: { type: "string", description: "The reason, or a short sentence for it." },
      message: { type: "string", description: "What `detail` says." },
      fields: {
        type: "object",
        description: "What each member that is at fault must be, by its name.",
        additionalProperties: { type: "string" },
      },
    },
    required: ["error", "message"],
  };
}

function requestBody(body: NonNullable<PlainRoute["body"]>, components: Components): JsonObject {
  const { name, example, optional = false } = body;
  const content = { schema: components.add(name, schemaOfBody(body)), example };
  return { required: !optional, content: { "application/json": content } };
}

function answerOf({ path, answer }: PlainRoute, components: Components): JsonObject {
  const { description, body, headers = {} } = answer;
  const own = Object.entries(headers).map(([name, told]) => [name, { description: told, schema: { type: "string" } }]);
  const example = body && exampleOf(body.schema);
  return {
    description,
    headers: { ...headerRefs(["X-Request-Id"]), ...Object.fromEntries(own) },
    ...(body !== undefined && {
      content: Object.fromEntries(
        typesOf(path).map((type) => [
          type,
          { schema: components.add(body.name, body.schema), example: example ?? null },
        ]),
      ),
    }),
  };
}

function refusalOf({ path }: PlainRoute, { status, reasons }: ReturnType<typeof refusalsOf>[number]): JsonObject {
  const isGraphql = path === "/graphql";
  const schema = { $ref: `#/components/schemas/${isGraphql ? "GraphqlAnswer" : "PlainProblem"}` };
  const types = isGraphql ? typesOf(path) : ["application/problem+json"];
  return {
    description: reasons.map(({ reason, sentence }) => `- \`${reason}\`: ${sentence}`).join("\n"),
    headers: headerRefs(["X-Request-Id", ...headersOfStatus(status)]),
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

/** GraphQL answers by its own type whoever asks for that. */
function typesOf(path: string): readonly string[] {
  return path === "/graphql" ? ["application/json", "application/graphql-response+json"] : ["application/json"];
}
