/** More than have one name in theirs. */
const pageSize = 1000;

/** A listing of tiers that has the one of this name, if there is one: no rpc tells of one alone. */
export function tierQuery(name: string) {
  return { query: { pagination: { pageSize }, keyword: name, sorting: { field: "name" } } };
}
