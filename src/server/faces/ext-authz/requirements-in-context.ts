import { KeptRequirements } from "../gateway/kept-requirements.js";
import { checkRequirements, itemsOf, RequirementError, type Requirements } from "../gateway/requirements.js";
import { entryIn } from "./read-check.js";

/** What is asked of the keys of a route, and what becomes of them. */
export interface ContextRequirements extends Requirements {
  /** Whether the API is not to see the key. */
  readonly stripsKey: boolean;
}

/** Finds out what a route asks for. @throws RequirementError */
export type ContextReader = (entries: readonly string[]) => ContextRequirements;

const names = {
  projectId: "project_id",
  scope: "scopes",
  cost: "cost",
  keyHeader: "key_header",
  keyQuery: "key_query",
  deny: "",
};
const stripKey = "strip_key";
const known: ReadonlySet<string> = new Set([...Object.values(names).filter((name) => name !== ""), stripKey]);

/** Reads the `context_extensions` that the operator has given a route. */
export function createContextReader(): ContextReader {
  const kept = new KeptRequirements<ContextRequirements>();
  return (entries) => {
    let text = "";
    for (const entry of entries) {
      text += `${entry.length} ${entry}`;
    }
    return kept.of(text, () => read(entries));
  };
}

function read(entries: readonly string[]): ContextRequirements {
  const given = new Map<string, readonly string[]>();
  for (const [name, value] of entries.map(entryIn)) {
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  const alone = (name: string): readonly string[] => given.get(name) ?? [];
  const listed = (name: string): readonly string[] => alone(name).flatMap(itemsOf);
  const strip = alone(stripKey);
  if (strip.length > 1 || !["true", "false"].includes(strip[0] ?? "false")) {
    throw new RequirementError(`${stripKey} must be true or false`);
  }
  const requirements = checkRequirements(
    {
      projectId: alone(names.projectId),
      scope: listed(names.scope),
      cost: alone(names.cost),
      keyHeader: listed(names.keyHeader),
      keyQuery: alone(names.keyQuery),
      deny: [],
      unknown: [...given.keys()].some((name) => !known.has(name)),
    },
    names,
    [stripKey],
  );
  return { ...requirements, stripsKey: strip[0] === "true" };
}
