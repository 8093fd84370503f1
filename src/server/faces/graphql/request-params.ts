import { parseJson } from "../../../platform/parse-json.js";
import { harmlessName } from "../../errors/harmless-name.js";
import { maxDocumentBytes, maxVariableLevels } from "./limits.js";

/** What a request asks to be executed. */
export interface RequestParams {
  readonly query: string;
  readonly variables?: object;
  readonly operationName?: string;
}

/** Why a request's body asks for nothing. Its message quotes nothing of the body. */
export class RequestParamsError extends Error {
  override readonly name = "RequestParamsError";
}

/** Of the specification of GraphQL over HTTP; the last is for agreements between clients and servers, of which there are none. */
const members = new Set(["query", "variables", "operationName", "extensions"]);

/** @throws RequestParamsError */
export function requestParams(body: Uint8Array): RequestParams {
  const value = jsonOf(body);
  if (Array.isArray(value)) {
    throw new RequestParamsError("send one request at a time; there are no batches");
  }
  if (typeof value !== "object" || value === null) {
    throw new RequestParamsError("the body must be a JSON object with the member query");
  }
  const unknown = Object.keys(value).find((name) => !members.has(name));
  if (unknown !== undefined) {
    const named = harmlessName.test(unknown) ? `the member ${unknown}` : "a member";
    throw new RequestParamsError(`the body has ${named}, which is none of ${[...members].join(", ")}`);
  }
  const { query, variables, operationName, extensions } = value as Readonly<Record<string, unknown>>;
  if (typeof query !== "string") {
    throw new RequestParamsError(
      "the member query must be a document, as a string; none are kept here by their hashes",
    );
  }
  if (Buffer.byteLength(query) > maxDocumentBytes) {
    throw new RequestParamsError(`a document has at most ${maxDocumentBytes} bytes; leave values to variables`);
  }
  for (const [name, given] of Object.entries({ variables, extensions })) {
    if (given !== undefined && (typeof given !== "object" || Array.isArray(given))) {
      throw new RequestParamsError(`the member ${name} must be an object`);
    }
  }
  if (isDeeper(variables, maxVariableLevels)) {
    throw new RequestParamsError(`the member variables must be nested at most ${maxVariableLevels} levels deep`);
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== "string") {
    throw new RequestParamsError("the member operationName must be a string");
  }
  return { query, ...(variables ? { variables } : {}), ...(operationName ? { operationName } : {}) };
}

/** Whether a value of JSON has more levels of lists and objects; deeper ones are not looked at. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new RequestParamsError("the body must be JSON in UTF-8");
  }
}
