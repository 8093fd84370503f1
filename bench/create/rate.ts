/** Runs `create` by so many callers at once for a while. @returns creates a second */
export async function rateOf(
  callers: number,
  durationMs: number,
  create: (caller: number) => Promise<unknown>,
): Promise<number> {
  let made = 0;
  const startedAt = performance.now();
  const until = startedAt + durationMs;
  const work = async (caller: number) => {
    while (performance.now() < until) {
      await create(caller);
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => work(caller)));
  return made / ((performance.now() - startedAt) / 1000);
}
