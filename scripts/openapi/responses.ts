import type { JsonObject } from "@bufbuild/protobuf";
import { ActingRootKeyEndedError } from "../../src/domain/root_key/errors.js";
import type { RpcRule } from "../../src/server/call/rpc-table.js";
import { answersEtag, isCreation } from "../../src/server/faces/rest/success.js";
import type { Route } from "../../src/server/faces/routes.js";
import type { Denial } from "../product.js";
import type { Components } from "./components.js";
import { linksOf } from "./links.js";
import { type HeaderName, headers, refusals } from "./refusals.js";

/** Every answer of a route, by its status. */
export function responsesOf(route: Route, rule: RpcRule, components: Components, routes: readonly Route[]): JsonObject {
  const { method } = route;
  const status = isCreation(method) ? 201 : 200;
  const kinds = refusals.filter(({ where }) => where === undefined || where(route, rule));
  return {
    [status]: {
      description: status === 201 ? "It was made." : "It was done.",
      headers: headerRefs([
        "X-Request-Id",
        ...(isCreation(method) ? (["Location"] as const) : []),
        ...(answersEtag(method) ? (["ETag"] as const) : []),
      ]),
      content: { "application/json": { schema: components.answer(method.output) } },
      ...linksOf(route, routes),
    },
    ...Object.fromEntries(kinds.map((kind) => [kind.status, { $ref: `#/components/responses/${kind.name}` }])),
  };
}

/** The refusals that operations refer to. */
export function refusalResponses(): JsonObject {
  return Object.fromEntries(
    refusals.map(({ name, description, schema, headers: own = [] }) => [
      name,
      {
        description,
        headers: headerRefs(["X-Request-Id", ...own]),
        content: {
          [schema === undefined ? "application/problem+json" : "application/json"]: {
            schema: { $ref: `#/components/schemas/${schema ?? "Problem"}` },
          },
        },
      },
    ]),
  );
}

export function headerComponents(): JsonObject {
  return { ...headers };
}

export function headerRefs(names: readonly HeaderName[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** What is refused before it is known what was asked for. */
export function transportRefusalSchema(): JsonObject {
  return {
    type: "object",
    properties: { code: { type: "string" }, message: { type: "string" } },
    required: ["code", "message"],
  };
}

/** What is denied on the listener for gateways alone, which serves no route of REST. */
const notOverRest: ReadonlySet<string> = new Set([new ActingRootKeyEndedError().reason]);

/** RFC 9457, as src/server/faces/rest/problem.ts has it. */
export function problemSchema(denials: readonly Denial[]): JsonObject {
  const overRest = denials.map(({ reason }) => reason).filter((reason) => !notOverRest.has(reason));
  const reasons = [...new Set(overRest)].map((reason) => `\`${reason}\``).join(", ");
  const text = { type: "string" } as const;
  return {
    type: "object",
    description: "Why a request was refused (RFC 9457). Programs go by `status` and `reason`.",
    properties: {
      type: { ...text, const: "about:blank" },
      title: { ...text, description: "The status in words." },
      status: { type: "integer", minimum: 400, maximum: 599 },
      detail: { ...text, description: "A sentence for a person. No value of the request stands in it." },
      instance: { ...text, description: "The request's id, by which the log knows it." },
      reason: {
        ...text,
        pattern: "^[A-Z_]+$",
        description: `Does not change: ${reasons}, or the kind of refusal where it has none of its own.`,
      },
      errors: {
        type: "array",
        description: "The fields that break a rule.",
        items: {
          type: "object",
          properties: {
            field: { ...text, description: "Its path in the request, or the name of a parameter or header." },
            rule: { ...text, description: "Which of its rules; empty where that has no name." },
            message: { ...text, description: "What it must be." },
          },
          required: ["field", "rule", "message"],
        },
      },
    },
    required: ["type", "title", "status", "detail", "instance", "reason"],
  };
}
