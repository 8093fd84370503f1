import { containsSecret } from "../api_key/secret-format.js";

/** How often a text is decoded again: one link stands in another. */
const maxDecodings = 4;

/** Whether what is said of a value that was found holds that value, or a secret of ours, as it is or percent-encoded. */
export function tellsValue(text: string, value: string): boolean {
  // A query has a `+` for a space, and a value may itself be encoded where it was found.
  const values = [value, value.replaceAll(" ", "+"), ...formsOf(value)];
  return formsOf(text).some((form) => containsSecret(form) || values.some((one) => form.includes(one)));
}

/** A text as it is, and decoded again and again. */
function formsOf(text: string): readonly string[] {
  const forms = [text];
  let form = text;
  for (let i = 0; i < maxDecodings; i++) {
    form = decoded(form);
    forms.push(form);
  }
  return [...new Set(forms)];
}

/** What is encoded as it should not be is decoded all the same, as far as it can be. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) =>
    Buffer.from(encoded.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
