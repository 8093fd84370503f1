/** What was pasted into a field of scopes may hold several. */
export function partsOf(typed: readonly string[]): string[] {
  return [...new Set(typed.flatMap((text) => text.split(/[\s,]+/)).filter((scope) => scope !== ""))];
}
