import type { Ask, Creation, Volley } from "./creation.js";
import { type ChaosProject, unknownTier } from "./projects.js";

/**
 * What is wrong with what callers were told of a volley, by the rules of the product. Of creations without an answer it is known
 * by now whether they took effect. In which order those of one volley came is not known: what any order explains is right.
 */
export function wrongIn({ holder, namesBefore, creations }: Volley): readonly string[] {
  const made = creations.filter(wasMade);
  const names = made.map(({ ask }) => ask.name);
  const live = namesBefore.length + made.length;
  const wrong: string[] = [];

  if (made.length > 0 && live > holder.cap) {
    wrong.push(`${made.length} keys were made for an owner who had ${namesBefore.length} of ${holder.cap}`);
  }
  for (const name of new Set(names)) {
    const times = [...namesBefore, ...names].filter((other) => other === name).length;
    if (times > 1) {
      wrong.push(`an owner has ${times} keys of the name ${name}`);
    }
  }
  for (const { ask, told, ...creation } of creations) {
    const certain = certainDenial(ask, holder.project);
    if (certain !== undefined && wasMade({ ask, told, ...creation })) {
      wrong.push(`a key was made that had to be refused: ${certain}`);
    }
    if (told.kind === "refused" && !isRight(told.reason)) {
      wrong.push(`a creation was refused with ${told.reason}, not ${certain ?? "made"}: ${JSON.stringify(ask)}`);
    }

    function isRight(reason: string): boolean {
      if (certain !== undefined) {
        return reason === certain;
      }
      switch (reason) {
        case "API_KEY_NAME_TAKEN":
          return namesBefore.includes(ask.name) || names.includes(ask.name);
        case "API_KEY_LIMIT_REACHED":
          return live >= holder.cap;
        default:
          return false;
      }
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

function wasMade({ told, tookEffect }: Creation): boolean {
  return told.kind === "made" || tookEffect === true;
}
