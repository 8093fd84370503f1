import { createContext } from "react";
import { type AltaluneError, altaluneError } from "../../../sdk/src/altalune-error.ts";
import { texts } from "../texts.ts";

/** The words for failures, for whoever reads them. */
export interface FailureWords {
  readonly unreachable: string;
  readonly unexpected: (requestId: string | undefined) => string;
  readonly noSuchPage: string;
  /** Denials that the service words for programs, by their reasons. */
  readonly denials: Readonly<Record<string, string>>;
}

/** Unless told otherwise, it is somebody who runs Altalune. */
export const FailureWordsContext = createContext<FailureWords>(texts.failures);

/** Why a call did not work, for the person who made it. */
export interface Failure {
  /** A word in capitals; empty: no rule denied it. */
  readonly reason: string;
  readonly sentence: string;
  /** What each field must be that is at fault, by its name in the contract: of a list (`scopes`), and of what is in it (`scopes[3]`). */
  readonly fields: Readonly<Record<string, string>>;
}

/** Fields that no form has: they come from the address. */
const ofAddress = new Set(["project_id", "api_key_id", "user_id"]);

/** What is told of fields stands beside them where a form has them, the rest above it. */
export function failureOf(error: unknown, words: FailureWords): Failure {
  const failed = altaluneError(error);
  const fields = Object.fromEntries(
    failed.violations
      .filter(({ field }) => field !== "")
      .flatMap(({ field, message }) => [field.replace(/\[.*$/, ""), field].map((name) => [name, sentence(message)])),
  );
  return { reason: failed.reason, fields, sentence: sentenceOf(failed, words) };
}

function sentenceOf(
  { code, reason, message, violations, requestId }: AltaluneError,
  { denials, noSuchPage, unexpected, unreachable }: FailureWords,
): string {
  if (Object.hasOwn(denials, reason)) {
    return denials[reason] ?? "";
  }
  if (code === "unavailable" && requestId === undefined) {
    return unreachable;
  }
  if (code === "internal" || code === "unknown") {
    return unexpected(requestId);
  }
  if (violations.some(({ field }) => ofAddress.has(field))) {
    return noSuchPage;
  }
  const ofNoField = violations.find(({ field }) => field === "");
  return violations.length === 0 || ofNoField !== undefined
    ? sentence(ofNoField?.message ?? message)
    : texts.form.notSent;
}

/** As the service says it, with a capital and a full stop. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
