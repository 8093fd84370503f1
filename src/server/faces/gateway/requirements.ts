import { VerifyApiKeyRequestSchema } from "../../../../gen/altalune/v1/verification_pb.js";
import { defaultCost, maxCost } from "../../../domain/verification/model.js";
import { isText, maxItems, textRules } from "../../../platform/field-rules.js";
import { isPublicId } from "../../../platform/ids.js";
import { createSecretSearch } from "../../authority/caller-secret.js";

/** What a gateway asks of the keys of one of its routes. */
export interface Requirements {
  readonly projectId: string;
  readonly scopes: readonly string[];
  readonly cost: number;
  /** Headers that a key may stand in, in small letters. */
  readonly keyHeaders: readonly string[];
  /** The parameter of the client's own URL that a key may stand in; undefined: none. */
  readonly keyQuery: string | undefined;
  /** Whether the gateway knows no refusals but 401 and 403. */
  readonly deniesByTwo: boolean;
}

/** Where a key may stand. */
export type KeySources = Pick<Requirements, "keyHeaders" | "keyQuery">;

export const defaultKeySources: KeySources = { keyHeaders: ["x-api-key", "authorization"], keyQuery: undefined };

/** What a gateway says, not yet checked: each value that was given of a name. */
export interface GivenRequirements {
  readonly projectId: readonly string[];
  readonly scope: readonly string[];
  readonly cost: readonly string[];
  readonly keyHeader: readonly string[];
  readonly keyQuery: readonly string[];
  readonly deny: readonly string[];
  /** Names that mean nothing. */
  readonly unknown: boolean;
}

/** As the gateway's operator knows the requirements: parameters, or headers. */
export type RequirementNames = Readonly<Record<keyof Omit<GivenRequirements, "unknown">, string>>;

/** The items of a list in one value, parted by commas or blanks. */
export function itemsOf(list: string): readonly string[] {
  return list.split(/[\s,]+/);
}

/** The gateway's configuration is at fault. Its sentence names the requirement, never a value. */
export class RequirementError extends Error {
  override readonly name = "RequirementError";
}

const maxKeyHeaders = 8;
const maxNameLength = 64;
const scopeRules = textRules(VerifyApiKeyRequestSchema.field.requiredScopes);
const maxScopes = maxItems(VerifyApiKeyRequestSchema.field.requiredScopes);
const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** Of ours: none of them holds a client's key. */
const ownHeader = /^x-altalune-/;

/**
 * What is asked for, once it is sure. Whatever cannot be read is refused, an unknown name too: a scope that was mistyped must not
 * be one that is not asked for.
 *
 * @param others names that mean something, beside those of requirements
 * @throws RequirementError
 */
export function checkRequirements(
  given: GivenRequirements,
  names: RequirementNames,
  others: readonly string[] = [],
): Requirements {
  if (given.unknown) {
    const known = [...Object.values(names), ...others].filter((name) => name !== "");
    throw new RequirementError(`only these are known here: ${known.join(", ")}`);
  }
  const projectId = single(given.projectId, names.projectId);
  if (projectId === undefined) {
    throw new RequirementError(`${names.projectId} is missing: say the keys of which project are good`);
  }
  check(isPublicId(projectId), names.projectId, "must be the id of a project");
  const cost = single(given.cost, names.cost) ?? String(defaultCost);
  check(
    /^[0-9]{1,10}$/.test(cost) && Number(cost) <= maxCost,
    names.cost,
    `must be a whole number, at most ${maxCost}`,
  );
  const deny = single(given.deny, names.deny);
  check(deny === undefined || deny === "401-403", names.deny, "must be 401-403, or not be there");
  const keyQuery = single(given.keyQuery, names.keyQuery);
  check(keyQuery === undefined || isName(keyQuery), names.keyQuery, `must be 1 to ${maxNameLength} characters`);
  return {
    projectId,
    scopes: checkedScopes(given.scope, names.scope),
    cost: Number(cost),
    keyHeaders: checkedHeaders(given.keyHeader, names.keyHeader),
    keyQuery,
    deniesByTwo: deny !== undefined,
  };
}

function checkedScopes(scopes: readonly string[], name: string): readonly string[] {
  check(scopes.length <= maxScopes, name, `must be at most ${maxScopes}`);
  const holdsSecret = createSecretSearch("");
  for (const scope of scopes) {
    check(isText(scopeRules, scope) && !holdsSecret(scope), name, scopeRules.sentences.join("; "));
  }
  return scopes;
}

function checkedHeaders(given: readonly string[], name: string): readonly string[] {
  check(given.length <= maxKeyHeaders, name, `must be at most ${maxKeyHeaders}`);
  const headers = given.map((header) => header.toLowerCase());
  for (const header of headers) {
    check(isName(header) && headerName.test(header) && !ownHeader.test(header), name, "must be the name of a header");
  }
  return headers.length === 0 ? defaultKeySources.keyHeaders : [...new Set(headers)];
}

/** Whichever of two values it took, somebody would believe the other. */
function single(values: readonly string[], name: string): string | undefined {
  check(values.length <= 1, name, "was given twice");
  return values[0];
}

function isName(text: string): boolean {
  return text !== "" && text.length <= maxNameLength;
}

function check(holds: boolean, name: string, rule: string): void {
  if (!holds) {
    throw new RequirementError(`${name} ${rule}`);
  }
}
