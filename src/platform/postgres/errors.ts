import { DatabaseError } from "pg";

const uniqueViolation = "23505";

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === uniqueViolation;
}

/** Of sessions that end: by an administrator, a crash, a shutdown. */
const endedSession = /^(57P|08)/;

/** Whether the server answered a statement with this error, and the session goes on. */
export function isStatementError(error: unknown): boolean {
  return error instanceof DatabaseError && !endedSession.test(error.code ?? "");
}
