/** How much of a search, or of a race's repetitions, an ordinary run does; ALTALUNE_TEST_EFFORT=full does all of it. */
const share = process.env["ALTALUNE_TEST_EFFORT"] === "full" ? 1 : 0.2;

/** How many of this many generated cases a run tries, at least. */
export function casesOf(full: number, least = 1): number {
  return Math.max(least, Math.ceil(full * share));
}

/** The part of listed cases that a run tries: spread over the whole list, and others each time. */
export function someOf<T>(all: Iterable<T>): readonly T[] {
  const step = 1 / share;
  const first = Math.floor(Math.random() * step);
  return [...all].filter((_, i) => i % step === first);
}
