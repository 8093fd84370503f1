import type { Outcome } from "./connect-json.js";

/** What a caller knows of what came of its call. */
export type KnownOutcome = Exclude<Outcome, { readonly kind: "lost" }>;

/** Codes that a dying service may answer with: whether the call took effect is not known. */
const dyingCodes = ["unavailable", "canceled", "aborted", "deadline_exceeded"];

/** Denials that say nothing of what was asked for: the database was busy, or away. */
const ofTheMoment = ["DATABASE_BUSY", "DATABASE_SILENT"];

/** @returns undefined: a kill may explain that no caller knows */
export function known(outcome: Outcome): KnownOutcome | undefined {
  if (outcome.kind === "lost") {
    return undefined;
  }
  if (outcome.kind === "refused") {
    const { code, reason } = outcome;
    const isOfDying = reason === "" ? dyingCodes.includes(code) : ofTheMoment.includes(reason);
    return isOfDying ? undefined : outcome;
  }
  return outcome;
}
