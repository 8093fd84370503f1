import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** More candidates than this say nothing. */
const mostFound = 8;

/**
 * The ways through a message's fields to those that match. Each way is made of fields only, without the places in lists
 * and maps, and passes no message type twice.
 */
export function findFields(message: DescMessage, matches: (field: DescField) => boolean): readonly DescField[][] {
  const found: DescField[][] = [];
  const walk = (desc: DescMessage, way: readonly DescField[], passed: readonly DescMessage[]): void => {
    for (const field of desc.fields) {
      if (found.length === mostFound) {
        return;
      }
      if (matches(field)) {
        found.push([...way, field]);
      } else if (field.message !== undefined && !passed.includes(field.message) && !isWellKnown(field.message)) {
        walk(field.message, [...way, field], [...passed, field.message]);
      }
    }
  };
  walk(message, [], [message]);
  return found;
}

/** Google's own types are values to our clients: JSON has forms of its own for them. */
function isWellKnown(message: DescMessage): boolean {
  return message.typeName.startsWith("google.protobuf.");
}
