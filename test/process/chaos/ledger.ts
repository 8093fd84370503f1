import type { Volley } from "./creation.js";
import type { Holder } from "./holder.js";
import type { ChaosProject } from "./projects.js";

export type KeyState = "live" | "revoked" | "deleted";
export type Change = "rotate" | "revoke" | "delete";

/** What a key's owner knows of it from the answers so far. */
export interface LedgerKey {
  readonly projectId: string;
  readonly id: string;
  readonly name: string;
  /** Empty: nobody's. */
  readonly ownerId: string;
  /** Empty: none. */
  readonly tier: string;
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
  /** The one that refuses much, and the one that refuses little; none before the first load. */
  projects: readonly ChaosProject[] = [];
  readonly keys: LedgerKey[] = [];
  /** Owners with a cap, who go on from round to round, mostly with as many keys as they may have. */
  readonly holders: Holder[] = [];
  readonly acknowledged: Acknowledged = { create: 0, rotate: 0, revoke: 0, delete: 0 };
  /** Refused creations, by reason. */
  readonly refused = new Map<string, number>();
  readonly unanswered = { creations: 0, tookEffect: 0 };
  /** With creations that the last kill left without an answer. */
  readonly unsettled: Volley[] = [];
  /** The last event of each project that was compared with what callers were told. */
  readonly seen = new Map<string, string>();
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
  const settled = key.lost === true && key.state === "live" ? "EXPIRED" : verdictOf[key.state];
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
  const change = key.unanswered;
  key.unanswered = undefined;
  if (change === undefined || verdict !== verdictAfter[change]) {
    return;
  }
  if (change === "rotate") {
    key.lost = true;
  } else {
    key.state = change === "revoke" ? "revoked" : "deleted";
  }
}
