/** All values of a header, however often it came; the name is in small letters. */
export type ReadHeader = (name: string) => readonly string[];

const bearer = /^bearer(?:[ \t]+(.*))?$/i;
/** The start of other credentials: a scheme and what follows it. */
const otherScheme = /^[a-z0-9!#$%&'*+.^_`|~-]+[ \t]+[^ \t=]/i;

/**
 * The keys in `x-api-key` and in `Authorization: Bearer`. A key has no comma: commas part what HTTP has joined, on the way or
 * in the framework.
 */
export function keysInHeaders(read: ReadHeader): readonly string[] {
  return [...read("x-api-key").join(",").split(","), ...bearers(read("authorization").join(","))];
}

/** The different ones; the same key in two places is one. */
export function differentKeys(keys: readonly string[]): readonly string[] {
  return [...new Set(keys.map((key) => key.trim()))].filter((key) => key !== "");
}

/** What has no scheme of its own behind a Bearer is a part of that key, or another: never one to be passed over. */
function bearers(value: string): readonly string[] {
  const keys: string[] = [];
  let afterBearer = false;
  for (const part of value.split(",")) {
    const element = part.trim();
    const key = bearer.exec(element);
    if (key !== null) {
      afterBearer = true;
      keys.push(key[1] ?? "");
    } else if (otherScheme.test(element)) {
      afterBearer = false;
    } else if (afterBearer) {
      keys.push(element);
    }
  }
  return keys;
}
