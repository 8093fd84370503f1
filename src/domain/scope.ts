/**
 * Whether a granted scope covers a required one. Scopes are segments joined by `:`; a `*` in the granted scope stands for
 * one segment, or at its end for one or more. The required scope holds no `*`.
 */
export function covers(granted: string, required: string): boolean {
  if (granted === required) {
    return true;
  }
  if (!granted.includes("*")) {
    return false;
  }
  const have = granted.split(":");
  const need = required.split(":");
  const last = have.length - 1;
  const open = have[last] === "*";
  if (open ? need.length < have.length : need.length !== have.length) {
    return false;
  }
  return have.every((segment, i) => segment === "*" || segment === need[i]);
}

/** The required scopes that none of the granted ones covers, in their order. */
export function missingScopes(granted: readonly string[], required: readonly string[]): readonly string[] {
  return required.filter((need) => !granted.some((have) => covers(have, need)));
}
