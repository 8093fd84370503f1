import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly example?: unknown;
}

/** An operation of docs/openapi.json. */
export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly parameters: readonly Parameter[];
  /** The example of its body. */
  readonly body: unknown;
  /** What its body must be; undefined: it has none. */
  readonly bodySchema: ObjectSchema | undefined;
  /** The status of its success. */
  readonly success: number;
  /** The example of what it then answers. */
  readonly answer: unknown;
  /** The statuses of its refusals. */
  readonly refusals: readonly number[];
  /** Undefined: a root key, or a user. */
  readonly security: readonly Readonly<Record<string, unknown>>[] | undefined;
}

export interface ObjectSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly additionalProperties: boolean;
}

interface Content {
  readonly example?: unknown;
  readonly schema: { readonly $ref: string };
}

interface Described {
  readonly operationId: string;
  readonly tags: readonly [string];
  readonly security?: Operation["security"];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, Content>> }>
  >;
}

interface Document {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ObjectSchema>> };
}

const document: Document = JSON.parse(readFileSync("docs/openapi.json", "utf8"));

/** By which a page groups the operations. */
export const { tags } = document;

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => operationOf(path, method, described)),
);

function operationOf(path: string, method: string, described: Described): Operation {
  const { operationId, tags, parameters = [], requestBody, responses, security } = described;
  const body = requestBody?.content["application/json"];
  const statuses = Object.keys(responses).map(Number);
  const success = statuses.find((status) => status < 400) ?? 0;
  return {
    operationId,
    method,
    path,
    tag: tags[0],
    parameters,
    security,
    body: body?.example,
    bodySchema: body && document.components.schemas[body.schema.$ref.split("/").at(-1) ?? ""],
    success,
    answer: responses[success]?.content?.["application/json"]?.example,
    refusals: statuses.filter((status) => status >= 400),
  };
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, "openapi.json");

/** What the body of an operation's answer breaks of what the document says of it; undefined: it has no body. */
export function faultsOf({ method, path }: Operation, status: number, body: unknown): readonly unknown[] {
  const response = document.paths[path]?.[method]?.responses[status];
  if (response === undefined) {
    throw new Error(`${method} ${path} has no answer of the status ${status}`);
  }
  if (response.$ref === undefined && response.content === undefined) {
    return body === undefined ? [] : ["a body"];
  }
  const at = response.$ref ?? `#/paths/${escaped(path)}/${method}/responses/${status}`;
  const isProblem = response.$ref !== undefined || response.content?.["application/problem+json"] !== undefined;
  const type = isProblem ? "application/problem+json" : "application/json";
  const validate = ajv.compile({ $ref: `openapi.json${at}/content/${escaped(type)}/schema` });
  return validate(body) ? [] : (validate.errors ?? []);
}

/** As one step of a JSON pointer in a URI. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}
