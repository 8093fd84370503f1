import type { Found } from "./key-finder.js";

/** A key at a place: in a file, or in all versions of a file that a history has. */
export interface Finding extends Found {
  /** As it is printed: a path, or what of a history it is. */
  readonly place: string;
  /** The objects of a history that have it there; none: it is a file. */
  readonly objects: string[];
}

/** A history full of keys is told of by so many. */
const maxFindings = 10_000;

/** What was found, each key once at each place. */
export class Findings {
  readonly #byPlace = new Map<string, Finding>();
  /** How many were found beside those that are kept. */
  dropped = 0;

  /** @param object that has it, of a history */
  add(found: Found, place: string, object?: string): void {
    const name = `${object === undefined ? "file" : "history"}\0${place}\0${found.value}`;
    const known = this.#byPlace.get(name);
    if (known !== undefined) {
      known.objects.push(...(object === undefined ? [] : [object]));
    } else if (this.#byPlace.size === maxFindings) {
      this.dropped += 1;
    } else {
      this.#byPlace.set(name, { ...found, place, objects: object === undefined ? [] : [object] });
    }
  }

  get all(): readonly Finding[] {
    return [...this.#byPlace.values()];
  }
}

/** A path as it may be printed: it could speak to the terminal. */
export function printable(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out.
  return path.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
