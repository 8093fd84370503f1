/**
 * Where a value is made otherwise than its example: another type, or other members. Null stands for any type on either side, and so does
 * what is in an empty list.
 */
export function shapeFaults(example: unknown, value: unknown, at = "it"): readonly string[] {
  if (example === null || value === null) {
    return [];
  }
  if (Array.isArray(example) && Array.isArray(value)) {
    const [item] = example;
    return example.length === 0 ? [] : value.flatMap((one, i) => shapeFaults(item, one, `${at}[${i}]`));
  }
  if (typeof example !== typeof value || Array.isArray(example) !== Array.isArray(value)) {
    return [`${at} is no ${typeof example}`];
  }
  if (typeof example !== "object" || typeof value !== "object") {
    return [];
  }
  const told = new Map(Object.entries(example ?? {}));
  const found = new Map(Object.entries(value ?? {}));
  return [...new Set([...told.keys(), ...found.keys()])].flatMap((name) => {
    const where = told.has(name) ? "example" : "answer";
    return told.has(name) && found.has(name)
      ? shapeFaults(told.get(name), found.get(name), `${at}.${name}`)
      : [`${at}.${name} is in the ${where} alone`];
  });
}
