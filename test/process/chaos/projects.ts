import type { CallRpc } from "./connect-json.js";

/** A project under load, and what it refuses. */
export interface ChaosProject {
  readonly id: string;
  /** Infinity: no cap. */
  readonly maxKeysPerOwner: number;
  readonly allowNeverExpires: boolean;
}

/** Creations ask for a tier that is there from the start and limits nothing, for none, and for one that does not exist. */
export const knownTier = "enterprise";
export const unknownTier = "no-such-tier";

/** Makes two projects: one that caps its owners and lets every key expire, one that does neither. */
export async function makeProjects(call: CallRpc): Promise<readonly [ChaosProject, ChaosProject]> {
  return [await makeProject(call, 4, false), await makeProject(call, Number.POSITIVE_INFINITY, true)];
}

async function makeProject(call: CallRpc, maxKeysPerOwner: number, allowNeverExpires: boolean): Promise<ChaosProject> {
  const outcome = await call("ProjectService/CreateProject", {
    name: "crashes",
    maxKeysPerOwner: Number.isFinite(maxKeysPerOwner) ? maxKeysPerOwner : 0,
    allowNeverExpires,
  });
  if (outcome.kind !== "answered") {
    throw new Error(`no project could be made: ${JSON.stringify(outcome)}`);
  }
  const { id } = outcome.answer["project"] as { id: string };
  return { id, maxKeysPerOwner, allowNeverExpires };
}
