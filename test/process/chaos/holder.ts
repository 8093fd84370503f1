import type { LedgerKey } from "./ledger.js";
import type { ChaosProject } from "./projects.js";

/**
 * Who holds keys in a project, and which. One caller at a time makes and ends keys of a holder, so that it knows which of its
 * creations must be refused.
 */
export class Holder {
  readonly project: ChaosProject;
  /** Empty: the keys are nobody's, and the names of other callers are beside its own. */
  readonly ownerId: string;
  readonly keys: LedgerKey[] = [];

  constructor(project: ChaosProject, ownerId: string) {
    this.project = project;
    this.ownerId = ownerId;
  }

  /** How many live keys it may have. */
  get cap(): number {
    return this.ownerId === "" ? Number.POSITIVE_INFINITY : this.project.maxKeysPerOwner;
  }

  /** Those that count for the cap and keep their names. */
  get live(): readonly LedgerKey[] {
    return this.keys.filter(({ state }) => state === "live");
  }

  /** Those whose state and value are known. */
  get sound(): readonly LedgerKey[] {
    return this.live.filter(({ unanswered, lost }) => unanswered === undefined && lost !== true);
  }
}
