/** Names of what is another now. */
export function changedPaths<Field extends string>(
  before: Readonly<Record<Field, unknown>>,
  after: Readonly<Record<Field, unknown>>,
): Field[] {
  const names = Object.keys(after) as Field[];
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}
