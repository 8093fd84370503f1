import type { AnyDesc, DescField } from "@bufbuild/protobuf";
import { commentOf } from "../comments.js";

/** A comment as Markdown, one paragraph a line. That a message is another rpc's is no description. */
export function descriptionOf(desc: AnyDesc): string {
  return commentOf(desc)
    .map(oneLine)
    .join("\n\n")
    .replace(/^See \w+\.\w+\.\s*/, "");
}

/** A text in the names of JSON, where it names fields in those of the proto. */
export function inJson(text: string, fields: readonly DescField[]): string {
  return text.replace(/`(\w+)`/g, (named, name: string) => {
    const field = fields.find((one) => one.name === name);
    return field === undefined ? named : `\`${field.jsonName}\``;
  });
}

/** What a comment begins with: its first clause. */
export function summaryOf(desc: AnyDesc): string {
  const [first = ""] = commentOf(desc);
  return oneLine(first).split(/[.:;,](?:\s|$)/)[0] ?? "";
}

/** Lists stay lists. */
function oneLine(paragraph: string): string {
  return paragraph.replace(/\n(?!- )/g, " ");
}
