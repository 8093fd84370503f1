/** What bytes say in JSON. @throws whatever is wrong with them: not UTF-8, which is not mended, or not JSON; it may quote them */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}
