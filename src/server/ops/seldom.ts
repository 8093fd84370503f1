/** How long an answer is good for, in milliseconds: anybody may ask. */
const freshMs = 1_000;

/** Asks no more than once a second, and gives all who ask meanwhile the same answer. */
export function seldom<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let latest: Promise<Answer> | undefined;
  let askedAt = 0;
  return () => {
    if (latest === undefined || performance.now() - askedAt >= freshMs) {
      askedAt = performance.now();
      latest = ask();
    }
    return latest;
  };
}
