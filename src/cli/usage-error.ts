/** A command was called with something it cannot work with. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
