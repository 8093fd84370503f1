import { InvalidFieldError } from "./domain-error.js";

/** How one updatable field of a request becomes a change. */
export interface FieldReader<Request, Changes> {
  readonly isSet: (request: Request) => boolean;
  readonly read: (request: Request) => Changes;
  /** What the field must be, where it may not be cleared. */
  readonly required?: string;
}

/**
 * The readers of all fields that a request may update, by their names in the contract: one that is forgotten does not
 * compile.
 *
 * @typeParam Fixed the fields that say what is updated, such as ids
 */
export type FieldReaders<Request, Fixed extends keyof Request, Changes> = Readonly<
  Record<
    SnakeCase<Exclude<keyof Request & string, Fixed | "updateMask" | "$typeName" | "$unknown">>,
    FieldReader<Request, Changes>
  >
>;

/** `rateLimits` as `rate_limits`. */
export type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : "";

/**
 * The changes that an update asks for: the fields named in its mask, or without a mask those that are set.
 *
 * @param paths the mask's paths, each a key of `fields`
 * @throws InvalidFieldError when there is nothing to change, or a named field that cannot be cleared is not set
 */
export function readChanges<Request, Changes extends object>(
  paths: readonly string[] | undefined,
  fields: Readonly<Record<string, FieldReader<Request, Changes>>>,
  request: Request,
): Changes {
  const masked = paths !== undefined && paths.length > 0;
  const chosen = Object.entries(fields).filter(([name, field]) =>
    masked ? paths.includes(name) : field.isSet(request),
  );
  if (chosen.length === 0) {
    throw new InvalidFieldError("update_mask", "must name at least one field to change, or a field must be set");
  }
  const changes = {} as Changes;
  for (const [name, field] of chosen) {
    if (field.required !== undefined && !field.isSet(request)) {
      throw new InvalidFieldError(name, field.required);
    }
    Object.assign(changes, field.read(request));
  }
  return changes;
}
