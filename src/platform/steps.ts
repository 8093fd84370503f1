/** Runs a step of longer work once its turn has come. */
export type StepRunner = <Result>(step: () => Promise<Result>) => Promise<Result>;

/** Waits for nobody. */
export const atOnce: StepRunner = (step) => step();

/**
 * Takes each of some items through all its steps, one after the other. What is amiss with one keeps no other from its turn.
 *
 * @param step one step, which goes on where the last one left off; undefined: the item is done with it
 * @param amiss what those items are for which it failed
 * @throws AggregateError of what failed
 */
export async function eachInTurn<Item, Progress>(
  run: StepRunner,
  items: readonly Item[],
  step: (item: Item, progress: Progress | undefined) => Promise<Progress | undefined>,
  amiss: string,
): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      let progress: Progress | undefined;
      do {
        progress = await run(() => step(item, progress));
      } while (progress !== undefined);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${amiss}: ${failures.length}; of the first: ${(failures[0] as Error).message}`);
  }
}
