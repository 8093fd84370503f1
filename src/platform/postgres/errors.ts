import { DatabaseError } from "pg";

const uniqueViolation = "23505";

/** @param constraint of this one alone; of any unless given */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof DatabaseError &&
    error.code === uniqueViolation &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** Of sessions that end: by an administrator, a crash, a shutdown. */
const endedSession = /^(57P|08)/;

/** Whether the server answered a statement with this error, and the session goes on. */
export function isStatementError(error: unknown): boolean {
  return error instanceof DatabaseError && !endedSession.test(error.code ?? "");
}
