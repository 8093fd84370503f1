/**
 * How much of a search, or of a race's repetitions, a run does: a tenth, so that whoever changes a line hears soon; in CI a fifth;
 * all of it with ALTALUNE_TEST_EFFORT=full.
 */
const share = process.env["ALTALUNE_TEST_EFFORT"] === "full" ? 1 : process.env["CI"] ? 0.2 : 0.1;

/** How many of this many generated cases a run tries, at least. */
export function casesOf(full: number, least = 1): number {
  return Math.max(least, Math.ceil(full * share));
}

/** The part of listed cases that a run tries: spread over the whole list, and others each time. */
export function someOf<T>(all: Iterable<T>): readonly T[] {
  const step = Math.round(1 / share);
  const first = Math.floor(Math.random() * step);
  return [...all].filter((_, i) => i % step === first);
}
