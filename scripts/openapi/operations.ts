import type { DescField, JsonObject } from "@bufbuild/protobuf";
import type { RpcRule } from "../../src/server/call/rpc-table.js";
import type { Route } from "../../src/server/faces/routes.js";
import type { Components } from "./components.js";
import { examples, placeholders } from "./examples.js";
import { type OtherRoute, otherRoutes } from "./other-routes.js";
import { fieldsOutsideBody, headersOf, parametersOf, pathFields } from "./parameters.js";
import { responsesOf } from "./responses.js";
import { choicesOf, isRequired } from "./rules.js";
import { projectParameter, securityOfRpc } from "./security.js";
import { tagOf } from "./tags.js";
import { descriptionOf, inJson, summaryOf } from "./text.js";

/**
 * One route of an rpc.
 *
 * @param routes all that there are
 */
export function operation(route: Route, rule: RpcRule, components: Components, routes: readonly Route[]): JsonObject {
  const { method } = route;
  const other = withoutProject(route);
  const security = securityOfRpc(rule);
  const parameters = [
    ...parametersOf(route, components).map((parameter) => withExample(parameter, method.name)),
    ...(rule.permission === undefined ? [] : [projectParameter]),
  ];
  return {
    operationId: other?.operationId ?? method.localName,
    tags: [tagOf(method.parent)],
    summary: other?.summary ?? summaryOf(method),
    description: `${describe(route)}\n\n${needOf(rule)}`,
    ...(security !== undefined && { security }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body !== undefined && { requestBody: requestBody(route, components) }),
    responses: responsesOf(route, rule, components, routes),
  };
}

function needOf({ scope, permission, everyProject }: RpcRule): string {
  if (permission !== undefined) {
    return `Needs a credential of an owner: a portal token with the permission \`${permission}\`, a token of an issuer that the project trusts, or the session of a user where the project allows users.`;
  }
  if (scope === undefined) {
    return "Needs no credential.";
  }
  return `Needs the scope \`${scope}\`${everyProject ? ", and a root key without a project list or a user who reaches every project" : ""}.`;
}

/** What headers say of a request is told by their names. */
function describe(route: Route): string {
  const { input, output } = route.method;
  const elsewhere = fieldsOutsideBody(route);
  const ofBody = route.body === undefined ? [] : input.fields.filter((field) => !elsewhere.has(field));
  const text = inJson(descriptionOf(route.method), [...output.fields, ...ofBody]);
  return headersOf(input).reduce(
    (told, { field, name }) =>
      told.replaceAll(`a \`${field}\``, `an \`${name}\``).replaceAll(`\`${field}\``, `\`${name}\``),
    text,
  );
}

function withoutProject(route: Route): OtherRoute | undefined {
  return pathFields(route).has("project_id") ? undefined : otherRoutes[route.method.name];
}

function requestBody(route: Route, components: Components): JsonObject {
  const { method, body } = route;
  const message = body === "request" ? method.input : body?.message;
  if (message === undefined) {
    throw new Error(`the body of ${method.name} is no message`);
  }
  const elsewhere = fieldsOutsideBody(route);
  const name = `${withoutProject(route) === undefined ? method.name : `${method.name}OfInstance`}Request`;
  const example = examples[method.name]?.body;
  return {
    required:
      message.fields.some((field: DescField) => !elsewhere.has(field) && isRequired(field)) ||
      choicesOf(message).some(({ required }) => required),
    content: {
      "application/json": {
        schema: components.body(name, message, elsewhere),
        ...(example !== undefined && { example }),
      },
    },
  };
}

function withExample(parameter: JsonObject, rpc: string): JsonObject {
  const name = String(parameter["name"]);
  const example = examples[rpc]?.query?.[name] ?? (parameter["in"] === "path" ? placeholders[name] : undefined);
  return example === undefined ? parameter : { ...parameter, example };
}
