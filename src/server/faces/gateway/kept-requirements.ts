import { LRUCache } from "lru-cache";
import type { Requirements } from "./requirements.js";

/** Longer ones are read each time, in characters. */
const longestKept = 2_048;
/** A gateway has one for each kind of route. */
const maxKept = 1_000;

/** A gateway asks for the same again and again: what was read once of a text is kept. */
export class KeptRequirements<Read extends Requirements> {
  readonly #kept = new LRUCache<string, Read>({ max: maxKept });

  /** @param read what the text asks for; what it throws is not kept */
  of(text: string, read: () => Read): Read {
    let requirements = this.#kept.get(text);
    if (requirements === undefined) {
      requirements = read();
      if (text.length <= longestKept) {
        this.#kept.set(text, requirements);
      }
    }
    return requirements;
  }
}
