import type { Ask, Creation, Volley } from "./creation.js";
import { type ChaosProject, unknownTier } from "./projects.js";

/**
 * What is wrong with what callers were told of a volley, by the rules of the product. Of creations without an answer it is known
 * by now whether they took effect. In which order those of one volley came is not known: what any order explains is right.
 */
export function wrongIn(volley: Volley): readonly string[] {
  const { holder, namesBefore, creations } = volley;
  const names = [...namesBefore, ...creations.filter(wasMade).map(({ ask }) => ask.name)];
  const made = names.length - namesBefore.length;
  const wrong: string[] = [];
  if (made > 0 && names.length > holder.cap) {
    wrong.push(`${made} keys were made for an owner who had ${namesBefore.length} of ${holder.cap}`);
  }
  if (new Set(names).size < names.length) {
    wrong.push(`an owner has several keys of one name: ${names.join(", ")}`);
  }
  for (const creation of creations) {
    const { ask, told } = creation;
    const denial = certainDenial(ask, holder.project);
    if (denial !== undefined && wasMade(creation)) {
      wrong.push(`a key was made that had to be refused with ${denial}: ${JSON.stringify(ask)}`);
    }
    const reasons = denial === undefined ? possibleDenials(ask, names, holder.cap) : [denial];
    if (told.kind === "refused" && !reasons.includes(told.reason)) {
      const right = reasons.join(" or ") || "a key";
      wrong.push(`a creation was answered with ${told.reason}, and ${right} was right: ${JSON.stringify(ask)}`);
    }
  }
  return wrong.map((sentence) => `${sentence} (project ${holder.project.id}, owner ${holder.ownerId || "nobody"})`);
}

/** What a creation is refused with whatever else is there. */
function certainDenial({ tier, expiration }: Ask, project: ChaosProject): string | undefined {
  if (expiration === undefined && !project.allowNeverExpires) {
    return "NEVER_EXPIRES_NOT_ALLOWED";
  }
  return tier === unknownTier ? "TIER_NOT_FOUND" : undefined;
}

/** What any other may be refused with that made none of the keys. Where that is nothing, it had to be admitted. */
function possibleDenials({ name }: Ask, names: readonly string[], cap: number): readonly string[] {
  return [
    ...(names.includes(name) ? ["API_KEY_NAME_TAKEN"] : []),
    ...(names.length >= cap ? ["API_KEY_LIMIT_REACHED"] : []),
  ];
}

function wasMade({ told, tookEffect }: Creation): boolean {
  return told.kind === "made" || tookEffect === true;
}
