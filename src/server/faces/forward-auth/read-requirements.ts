import type { HttpRequest } from "../../http/http.js";
import { KeptRequirements } from "../gateway/kept-requirements.js";
import {
  checkRequirements,
  type GivenRequirements,
  itemsOf,
  type RequirementNames,
  type Requirements,
} from "../gateway/requirements.js";
import { ownQueryOf } from "./path.js";

const parameters: RequirementNames = {
  projectId: "project_id",
  scope: "scope",
  cost: "cost",
  keyHeader: "key_header",
  keyQuery: "key_query",
  deny: "deny",
};
const knownParameters: ReadonlySet<string> = new Set(Object.values(parameters));

const headerPrefix = "x-altalune-require-";
const headers = {
  projectId: "X-Altalune-Require-Project-Id",
  scope: "X-Altalune-Require-Scopes",
  cost: "X-Altalune-Require-Cost",
  keyHeader: "X-Altalune-Require-Key-Header",
  deny: "X-Altalune-Require-Deny",
};
const knownHeaders: ReadonlySet<string> = new Set(Object.values(headers).map((name) => name.toLowerCase()));

/** Finds out what the gateway asks for. @throws RequirementError */
export type RequirementsReader = (request: HttpRequest) => Requirements;

/**
 * Reads what a gateway asks for: at exactly the path from the query string, below it from headers alone, since what stands in the
 * query there is the client's.
 */
export function createRequirementsReader(): RequirementsReader {
  const kept = new KeptRequirements();
  return ({ url = "", headers: given }) => {
    const query = ownQueryOf(url);
    if (query !== undefined) {
      return kept.of(`?${query}`, () => checkRequirements(inQuery(query), parameters));
    }
    let text = "";
    for (const name in given) {
      if (name.startsWith(headerPrefix)) {
        text += `${name}: ${given[name]}\n`;
      }
    }
    return kept.of(text, () => checkRequirements(inHeaders(given), { ...headers, keyQuery: "" }));
  };
}

function inQuery(query: string): GivenRequirements {
  const given = new URLSearchParams(query);
  return {
    projectId: given.getAll(parameters.projectId),
    scope: given.getAll(parameters.scope),
    cost: given.getAll(parameters.cost),
    keyHeader: given.getAll(parameters.keyHeader),
    keyQuery: given.getAll(parameters.keyQuery),
    deny: given.getAll(parameters.deny),
    unknown: [...given.keys()].some((name) => !knownParameters.has(name)),
  };
}

/** A header that came twice is one with commas: Node has joined them. */
function inHeaders(given: HttpRequest["headers"]): GivenRequirements {
  const read = (name: string, partsOf: (value: string) => readonly string[]): readonly string[] => {
    const value = given[name.toLowerCase()];
    return value === undefined ? [] : partsOf(String(value));
  };
  const listed = (name: string): readonly string[] => read(name, itemsOf);
  const alone = (name: string): readonly string[] => read(name, (value) => value.split(","));
  return {
    projectId: alone(headers.projectId),
    scope: listed(headers.scope),
    cost: alone(headers.cost),
    keyHeader: listed(headers.keyHeader),
    keyQuery: [],
    deny: alone(headers.deny),
    unknown: Object.keys(given).some((name) => name.startsWith(headerPrefix) && !knownHeaders.has(name)),
  };
}
