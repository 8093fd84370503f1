/** A LIKE pattern for texts that contain the keyword, whose own `%`, `_` and `\` stand for themselves. */
export function containing(keyword: string): string {
  return `%${keyword.replace(/[\\%_]/g, "\\$&")}%`;
}
