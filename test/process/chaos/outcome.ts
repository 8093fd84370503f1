import type { Outcome } from "./connect-json.js";

/** Codes that a dying service may answer with: whether the call took effect is not known. */
const dyingCodes = ["unavailable", "canceled", "aborted", "deadline_exceeded"];

/** Denials that say nothing of what was asked for: the database was busy, or away. */
const ofTheMoment = ["DATABASE_BUSY", "DATABASE_SILENT"];

/** Whether a kill may explain that the caller does not know what came of its call. */
export function isUnknown(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "answered":
      return false;
    case "lost":
      return true;
    case "refused":
      return outcome.reason === "" ? dyingCodes.includes(outcome.code) : ofTheMoment.includes(outcome.reason);
    default: {
      const unreachable: never = outcome;
      return unreachable;
    }
  }
}
