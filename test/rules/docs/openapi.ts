import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
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
  readonly parameters: readonly Parameter[];
  /** The example of its body. */
  readonly body: unknown;
  /** The status of its success. */
  readonly success: number;
  /** The statuses of its refusals. */
  readonly refusals: readonly number[];
  /** Undefined: a root key. */
  readonly security: unknown;
}

interface Described {
  readonly operationId: string;
  readonly security?: unknown;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

interface Document {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const document: Document = JSON.parse(readFileSync("docs/openapi.json", "utf8"));

/** By which a page groups the operations. */
export const { tags } = document;

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId, parameters = [], requestBody, responses, security }]) => ({
    operationId,
    method,
    path,
    parameters,
    security,
    body: requestBody?.content["application/json"]?.example,
    success: Number(Object.keys(responses).find((status) => status.startsWith("2"))),
    refusals: Object.keys(responses)
      .map(Number)
      .filter((status) => status >= 400),
  })),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, "openapi.json");

/** What the body of an operation's answer must be. */
export function validatorOf({ method, path }: Operation, status: number): ValidateFunction {
  const response = document.paths[path]?.[method]?.responses[status];
  if (response === undefined) {
    throw new Error(`${method} ${path} has no answer of the status ${status}`);
  }
  const at = response.$ref ?? `#/paths/${escaped(path)}/${method}/responses/${status}`;
  const type = status < 300 ? "application/json" : "application/problem+json";
  return ajv.compile({ $ref: `openapi.json${at}/content/${escaped(type)}/schema` });
}

/** As one step of a JSON pointer in a URI. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}
