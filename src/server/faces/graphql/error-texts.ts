import { harmlessName } from "../../errors/harmless-name.js";

/**
 * What is told of a document or of its variables that do not fit. The library's sentences quote what they stumbled over, which may be a
 * key in the wrong place: names that no secret could be are kept, and whatever else is a client's own is left out.
 */
export function harmlessText(message: string): string {
  if (message.startsWith("Syntax Error: ")) {
    // From the first quote to the last: the text between may hold quotes itself.
    return message.replace(/".*"/s, "…");
  }
  const variable = /^Variable "\$(\w+)" (?:got|has) invalid value/.exec(message)?.[1];
  if (variable !== undefined) {
    return `Variable ${harmlessName.test(variable) ? `"$${variable}"` : "…"} has a value that is not of its type.`;
  }
  return message
    .replace(/(cannot represent [\w -]+): .*$/s, "$1.")
    .replace(/, found .*$/s, ".")
    .replace(/"([^"]*)"/g, (quoted, name: string) => (isHarmless(name) ? quoted : "…"));
}

/** Names as they are, of variables, and of types that are lists or required. */
function isHarmless(name: string): boolean {
  return name.split(".").every((part) => harmlessName.test(part.replace(/^[$@[]+|[\]!]+$/g, "")));
}
