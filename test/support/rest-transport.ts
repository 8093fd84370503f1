import { globSync } from "node:fs";
import {
  create,
  type DescMessage,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromJsonString,
  type JsonObject,
  type JsonValue,
  type MessageInitShape,
  toJson,
} from "@bufbuild/protobuf";
import {
  FieldPathElementSchema,
  FieldPathSchema,
  ViolationSchema,
  ViolationsSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError, type Transport, type UnaryResponse } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.js";
import type { DomainError } from "../../src/domain/domain-error.js";
import type { Problem } from "../../src/server/faces/rest/problem.js";
import { type Route, routesOf } from "../../src/server/faces/routes.js";

/**
 * Calls rpcs by their routes over REST, and reads refusals as those of rpcs: what is tested over Connect is tested so too.
 *
 * @param authorization the header's value; undefined: none
 * @param connect says what routes cannot say at all: a filter without values, a sort order that is none, no id
 */
export function restTransport(url: string, authorization: string | undefined, connect: Transport): Transport {
  return {
    async unary<I extends DescMessage, O extends DescMessage>(
      method: DescMethodUnary<I, O>,
      signal: AbortSignal | undefined,
      timeoutMs: number | undefined,
      header: Parameters<Transport["unary"]>[3],
      message: MessageInitShape<I>,
    ): Promise<UnaryResponse<I, O>> {
      const asked = toJson(method.input, create(method.input, message)) as JsonObject;
      if (!isSayable(method, asked)) {
        return connect.unary(method, signal, timeoutMs, header, message);
      }
      const { path, httpMethod, body, etag } = httpOf(method, asked);
      const headers = new Headers(header);
      if (etag !== undefined) {
        headers.set("if-match", etag === "*" ? etag : `"${etag}"`);
      }
      if (authorization !== undefined) {
        headers.set("authorization", authorization);
      }
      if (body !== undefined) {
        headers.set("content-type", "application/json");
      }
      const response = await fetch(url + path, {
        method: httpMethod,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      }).catch((error: unknown) => {
        throw ConnectError.from(error, signal?.aborted === true ? Code.Canceled : Code.Unavailable);
      });
      const text = await response.text();
      if (!response.ok) {
        throw await errorOf(JSON.parse(text) as Problem, response.headers);
      }
      return {
        stream: false,
        service: method.parent,
        method,
        header: response.headers,
        trailer: new Headers(),
        message: fromJsonString(method.output, text),
      };
    },

    async stream<I extends DescMessage, O extends DescMessage>({ name }: DescMethodStreaming<I, O>): Promise<never> {
      throw new Error(`${name} is a stream, which has no route`);
    },
  };
}

/** The longest URL that is tried, in characters: HTTP's headers are bounded. */
const maxUrl = 4_000;

/** Whether a route can say it: path segments have no slashes and colons, and are not long, and an etag stands in quotes. */
function isSayable(method: DescMethodUnary, asked: JsonObject): boolean {
  const {
    filters = {},
    sorting,
    pagination,
  } = (asked["query"] ?? {}) as Readonly<Record<string, JsonObject | undefined>>;
  const isEmpty = (filter: JsonValue) => (filter as JsonObject)["values"] === undefined;
  const { path, etag } = httpOf(method, asked);
  const inPath = routeFor(method, asked).template.match(/(?<=\{)[\w.]+(?=\})/g) ?? [];
  return (
    typeof sorting?.["order"] !== "number" &&
    (pagination === undefined || Object.keys(pagination).length > 0) &&
    path.length <= maxUrl &&
    (etag === undefined || /^[\x21\x23-\x7e]+$/.test(etag)) &&
    !Object.values(filters).some(isEmpty) &&
    inPath.every((name) => isSegment(take(structuredClone(asked), name)))
  );
}

function isSegment(value: string): boolean {
  return /^(?!\.+$)[^/:\p{Cc}\p{Cs}]+$/u.test(value) && encodeURIComponent(value).length <= 100;
}

/** A call as HTTP has it: what the path and the body do not say is in the query; beside a body that is one field, an etag is in a header. */
function httpOf(method: DescMethodUnary, asked: JsonObject): HttpCall {
  const route = routeFor(method, asked);
  const rest = structuredClone(asked);
  const path = route.template.replace(/\{([\w.]+)\}/g, (_brace, name: string) => encodeURIComponent(take(rest, name)));
  if (route.body === undefined) {
    const query = new URLSearchParams(parametersOf(rest)).toString();
    return { httpMethod: route.httpMethod, path: query === "" ? path : `${path}?${query}`, body: undefined };
  }
  const etag = typeof route.body === "object" ? rest["etag"] : undefined;
  return {
    httpMethod: route.httpMethod,
    path,
    body: bodyOf(route, rest),
    ...(typeof etag === "string" && { etag }),
  };
}

interface HttpCall {
  readonly httpMethod: string;
  readonly path: string;
  /** Undefined: none. */
  readonly body: JsonValue | undefined;
  /** For `If-Match`; undefined: none is needed. */
  readonly etag?: string;
}

function routeFor(method: DescMethodUnary, asked: JsonObject): Route {
  const [first, second] = routesOf(method);
  const route = asked["projectId"] === undefined && second !== undefined ? second : first;
  if (route === undefined) {
    throw new Error(`${method.name} has no route`);
  }
  return route;
}

function bodyOf({ body }: Route, rest: JsonObject): JsonValue {
  return typeof body === "object" ? (rest[body.jsonName] ?? {}) : rest;
}

/** Takes a field's value out of a message, which stands in the path then. */
function take(from: JsonObject, path: string): string {
  const [first = "", ...more] = path.split(".");
  const name = first.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  if (more.length > 0) {
    return take((from[name] ?? {}) as JsonObject, more.join("."));
  }
  const value = from[name];
  delete from[name];
  return typeof value === "string" ? value : "";
}

function parametersOf({ query = {}, ...others }: JsonObject): [string, string][] {
  const { pagination = {}, filters = {}, sorting = {}, keyword } = query as Record<string, JsonValue>;
  const { field = "", order } = sorting as { readonly field?: string; readonly order?: string };
  return [
    ...entries(others),
    ...entries(pagination as JsonObject),
    ...(keyword === undefined ? [] : [["keyword", String(keyword)] as [string, string]]),
    ...(field === "" && order === undefined
      ? []
      : [["sort", order === "SORT_ORDER_DESC" ? `-${field}` : field] as [string, string]]),
    ...Object.entries(filters as Record<string, { readonly values?: string[] }>).flatMap(([name, { values = [] }]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  ];
}

function entries(fields: JsonObject): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
  );
}

/** Reads a problem back into the error of an rpc. */
async function errorOf(problem: Problem, headers: Headers): Promise<ConnectError> {
  const { detail, reason, errors = [] } = problem;
  const known = (await denials()).get(reason);
  const code = known ?? codes.get(reason) ?? Code.Unknown;
  const metadata: Record<string, string> = {};
  const retryAfter = headers.get("retry-after");
  if (retryAfter !== null) {
    metadata["retry_after_seconds"] = retryAfter;
  }
  const info = create(ErrorInfoSchema, { reason, domain: "altalune", metadata });
  const violations = create(ViolationsSchema, {
    violations: errors.map(({ field, rule, message }) =>
      create(ViolationSchema, {
        field: create(FieldPathSchema, {
          elements: pathOf(field).map((name) => create(FieldPathElementSchema, { fieldName: name })),
        }),
        ruleId: rule,
        message,
      }),
    ),
  });
  return new ConnectError(detail, code, undefined, [
    ...(known === undefined ? [] : [{ desc: ErrorInfoSchema, value: info }]),
    ...(errors.length === 0 ? [] : [{ desc: ViolationsSchema, value: violations }]),
  ]);
}

/** By the name that a refusal has without a reason of its own. */
const codes = new Map<string, Code>([
  ["REQUEST_TOO_LARGE", Code.ResourceExhausted],
  ...Object.values(Code)
    .filter((code) => typeof code === "number")
    .map((code): [string, Code] => [Code[code].replace(/(?<=[a-z])[A-Z]/g, "_$&").toUpperCase(), code]),
]);

const parameters: Readonly<Record<string, string>> = {
  page: "query.pagination.page",
  page_size: "query.pagination.page_size",
  page_token: "query.pagination.page_token",
  sort: "query.sorting.field",
  keyword: "query.keyword",
  filters: "query.filters",
  "if-match": "etag",
};

function pathOf(field: string): readonly string[] {
  return field === "" ? [] : (parameters[field] ?? field).replace(/\[\d+\]/g, "").split(".");
}

let known: Promise<ReadonlyMap<string, Code>> | undefined;

/** The codes of the denials that have a reason of their own. */
function denials(): Promise<ReadonlyMap<string, Code>> {
  known ??= readDenials();
  return known;
}

async function readDenials(): Promise<ReadonlyMap<string, Code>> {
  const found = new Map<string, Code>();
  const root = new URL("../../src/", import.meta.url);
  for (const file of globSync("domain/*/errors.ts", { cwd: root })) {
    const classes: Record<string, new (...facts: string[]) => DomainError> = await import(new URL(file, root).href);
    for (const type of Object.values(classes)) {
      const { reason, kind } = new type("", "", "");
      found.set(reason, codes.get(kind.toUpperCase()) ?? Code.Unknown);
    }
  }
  return found;
}
