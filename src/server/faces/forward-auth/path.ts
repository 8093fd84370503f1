/** Where gateways ask, and everything under it. */
export const forwardAuthPath = "/forward-auth";

const slash = 0x2f;
const questionMark = 0x3f;

/** Whether a path, or a target with its query, is this face's. */
export function isForwardAuth(target: string): boolean {
  if (!target.startsWith(forwardAuthPath)) {
    return false;
  }
  const next = target.charCodeAt(forwardAuthPath.length);
  return next === slash || next === questionMark || target.length === forwardAuthPath.length;
}

/**
 * The query of a target at exactly the path; undefined: the target is below it. There the rest is the client's own path and query,
 * as some gateways append them.
 */
export function ownQueryOf(target: string): string | undefined {
  const next = target.charCodeAt(forwardAuthPath.length);
  return next === slash ? undefined : target.slice(forwardAuthPath.length + 1);
}
