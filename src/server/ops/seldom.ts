/** How long an answer is good for, in milliseconds: anybody may ask. */
const freshMs = 1_000;

/** Asks one at a time, and no more than once a second; all who ask meanwhile get the same answer. */
export function seldom<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let latest: Promise<Answer> | undefined;
  let isPending = false;
  let askedAt = 0;
  return () => {
    if (latest === undefined || (!isPending && performance.now() - askedAt >= freshMs)) {
      askedAt = performance.now();
      isPending = true;
      latest = ask().finally(() => {
        isPending = false;
      });
    }
    return latest;
  };
}
