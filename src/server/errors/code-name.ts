import { Code } from "@connectrpc/connect";

/** `Code.InvalidArgument` → `invalid_argument`, as the Connect protocol writes it. */
export function codeName(code: Code): string {
  return Code[code].replace(/[a-z](?=[A-Z])/g, "$&_").toLowerCase();
}
