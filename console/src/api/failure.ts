import { createContext } from "react";
import { type AltaluneError, altaluneError } from "../../../sdk/src/altalune-error.ts";
import { AuthRefusal } from "../session/auth.ts";
import { refusalSentence } from "../session/sign-in-fault.ts";
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

/** Did not work before anybody was asked. Its message is for the person. */
export class ToldError extends Error {
  override readonly name = "ToldError";
}

/** Fields that no form has: they come from the address. */
const ofAddress = new Set(["project_id", "api_key_id", "webhook_id", "user_id"]);

/** What is told of fields stands beside them where a form has them, the rest above it. */
export function failureOf(error: unknown, words: FailureWords): Failure {
  if (error instanceof ToldError) {
    return { reason: "", sentence: error.message, fields: {} };
  }
  if (error instanceof AuthRefusal) {
    return failureOfRefusal(error, words);
  }
  const failed = altaluneError(error);
  const fields = Object.fromEntries(
    failed.violations
      .filter(({ field }) => field !== "")
      .flatMap(({ field, message }) => [field.replace(/\[.*$/, ""), field].map((name) => [name, sentence(message)])),
  );
  return { reason: failed.reason, fields, sentence: sentenceOf(failed, words) };
}

/** Why an answer does not come, where no form has the fields: of these the first that is at fault is told. */
export function sentenceOfRead(error: unknown, words: FailureWords): string {
  const { fields, sentence: whole } = failureOf(error, words);
  return whole === texts.form.notSent ? (Object.values(fields)[0] ?? whole) : whole;
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

function failureOfRefusal(refusal: AuthRefusal, { denials }: FailureWords): Failure {
  const { reason } = refusal;
  if (reason === "CREDENTIALS_INVALID") {
    // Whoever has a session is known: the password is what is wrong.
    const rule = texts.account.passwordWrong;
    return { reason, sentence: texts.form.notSent, fields: { password: rule, current_password: rule } };
  }
  const fields = Object.fromEntries(Object.entries(refusal.fields).map(([field, rule]) => [field, sentence(rule)]));
  const denial = Object.hasOwn(denials, reason) ? denials[reason] : undefined;
  const told = Object.keys(fields).length > 0 ? texts.form.notSent : sentence(refusalSentence(refusal));
  return { reason, fields, sentence: denial ?? told };
}

/** As the service says it, with a capital and a full stop. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
