/** The required scopes that none of the granted ones covers. */
export function missingScopes(granted: readonly string[], required: readonly string[]): readonly string[] {
  return required.filter((need) => !granted.some((have) => covers(have, need)));
}

/**
 * Scopes are segments joined by `:`; a `*` in the granted scope stands for one segment, or at its end for one or more. A test
 * holds this equal to what Altalune says.
 */
function covers(granted: string, required: string): boolean {
  const have = granted.split(":");
  const need = required.split(":");
  const open = have.at(-1) === "*";
  const fits = open ? need.length >= have.length : need.length === have.length;
  return fits && have.every((segment, i) => segment === "*" || segment === need[i]);
}

/** @throws TypeError when a scope could not be asked for: it would refuse everybody, and only once somebody calls */
export function checkScopes(scopes: readonly string[]): void {
  if (scopes.length > 64) {
    throw new TypeError("scopes must be at most 64");
  }
  for (const scope of scopes) {
    if (!/^[a-zA-Z0-9_.-]+(:[a-zA-Z0-9_.-]+)*$/.test(scope) || scope.length > 100) {
      throw new TypeError(
        "scopes must be segments of a-z, A-Z, 0-9, _, . and - joined by colons, without *, at most 100 characters",
      );
    }
  }
}
