import type { Propagation } from "../domain/propagation/model.js";

/** What to add to the sentence on a change that not every server has confirmed; else nothing. */
export function unconfirmed({ pendingInstances, effectiveAt }: Propagation): string {
  return pendingInstances === 0
    ? ""
    : `; ${pendingInstances} of the servers did not confirm it, and may accept it until ${effectiveAt.toISOString()}`;
}
