import { altaluneError } from "../../../sdk/src/altalune-error.ts";
import { texts } from "../texts.ts";

/** Why a call did not work, for the person who made it. */
export interface Failure {
  /** A word in capitals; empty: no rule denied it. */
  readonly reason: string;
  readonly sentence: string;
  /** What each field must be that is at fault, by its name in the contract. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What is told of fields stands beside them where a form has them, the rest above it. */
export function failureOf(error: unknown): Failure {
  const { code, message, reason, violations, requestId } = altaluneError(error);
  const fields = Object.fromEntries(
    violations
      .filter(({ field }) => field !== "")
      .map(({ field, message }) => [field.replace(/\[.*$/, ""), sentence(message)]),
  );
  if (code === "internal" || code === "unknown") {
    return { reason, fields, sentence: texts.failures.unexpected(requestId) };
  }
  if (code === "unavailable" && requestId === undefined) {
    return { reason, fields, sentence: texts.failures.unreachable };
  }
  const others = violations.filter(({ field }) => field === "").map(({ message }) => sentence(message));
  const told = violations.length === 0 ? sentence(message) : (others[0] ?? texts.form.notSent);
  return { reason, fields, sentence: told };
}

/** As the service says it, with a capital and a full stop. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
