export type KeyState = "live" | "revoked" | "deleted";
export type Change = "rotate" | "revoke" | "delete";

/** What a key's owner knows of it from the answers so far. */
export interface LedgerKey {
  readonly projectId: string;
  readonly id: string;
  /** Of the last acknowledged creation or rotation. */
  value: string;
  /** The one that the last acknowledged rotation ended at once. */
  ended?: string;
  state: KeyState;
  /** A change whose answer never came: the key is as before, or as the change would have it. */
  unanswered?: Change | undefined;
  /** A rotation took its value, and its answer with the new one was lost. */
  lost?: true;
}

/** Acknowledged operations by kind. */
export type Acknowledged = Record<Change | "create", number>;

/** All that callers were told. */
export class Ledger {
  readonly projectIds: string[] = [];
  readonly keys: LedgerKey[] = [];
  readonly acknowledged: Acknowledged = { create: 0, rotate: 0, revoke: 0, delete: 0 };
  /** Answers that no kill explains. */
  readonly oddities: string[] = [];
  /** How many verdicts were compared with it. */
  verdicts = 0;
}

/** A value, and the verdicts on it that the answers so far allow. */
export interface Expectation {
  readonly key: LedgerKey;
  readonly value: string;
  readonly verdicts: readonly string[];
}

const verdictOf: Readonly<Record<KeyState, string>> = { live: "VALID", revoked: "REVOKED", deleted: "NOT_FOUND" };
const verdictAfter: Readonly<Record<Change, string>> = { rotate: "EXPIRED", revoke: "REVOKED", delete: "NOT_FOUND" };

export function expectationsOf(key: LedgerKey): readonly Expectation[] {
  const settled = key.lost === true ? "EXPIRED" : verdictOf[key.state];
  const verdicts = key.unanswered === undefined ? [settled] : [settled, verdictAfter[key.unanswered]];
  const current = { key, value: key.value, verdicts };
  return key.ended === undefined ? [current] : [current, endedValue(key, key.ended, verdicts)];
}

/** A value that a rotation ended tells the key's own end before its own; two rotations later it is gone. */
function endedValue(key: LedgerKey, value: string, verdicts: readonly string[]): Expectation {
  const gone = key.unanswered === "rotate" || key.lost === true ? ["NOT_FOUND"] : [];
  return { key, value, verdicts: [...verdicts.map((verdict) => (verdict === "VALID" ? "EXPIRED" : verdict)), ...gone] };
}

/** What the verdict on a key's current value tells of the change that was not answered. */
export function settle(key: LedgerKey, verdict: string): void {
  switch (verdict === "VALID" ? undefined : key.unanswered) {
    case "revoke":
      key.state = "revoked";
      break;
    case "delete":
      key.state = "deleted";
      break;
    case "rotate":
      key.lost = true;
      break;
    case undefined:
      break;
  }
  key.unanswered = undefined;
}
