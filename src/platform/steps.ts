/** Runs a step of longer work once its turn has come. */
export type StepRunner = <Result>(step: () => Promise<Result>) => Promise<Result>;

/** Waits for nobody. */
export const atOnce: StepRunner = (step) => step();

/**
 * Takes some items through their steps, a step of each by turns, so that one of many steps does not keep the others waiting. What is amiss
 * with one keeps no other from its turn.
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
  let left: readonly { readonly item: Item; readonly progress?: Progress }[] = items.map((item) => ({ item }));
  while (left.length > 0) {
    const unfinished: (typeof left)[number][] = [];
    for (const { item, progress } of left) {
      try {
        const next = await run(() => step(item, progress));
        if (next !== undefined) {
          unfinished.push({ item, progress: next });
        }
      } catch (error) {
        failures.push(error);
      }
    }
    left = unfinished;
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${amiss}: ${failures.length}; of the first: ${(failures[0] as Error).message}`);
  }
}

/** How much that is due is looked for at once. */
const dueAtOnce = 100;

/**
 * Deals with all that is due, one after the other, a step each. What cannot be dealt with keeps none of the others waiting.
 *
 * @param list a step that finds some, longest due first, from behind one of them on
 * @param amiss what became of those that it failed for
 * @throws AggregateError of what failed
 */
export async function eachDue<Due>(
  run: StepRunner,
  list: (last: Due | undefined, limit: number) => Promise<readonly Due[]>,
  deal: (due: Due) => Promise<void>,
  amiss: string,
): Promise<void> {
  const failures: unknown[] = [];
  let last: Due | undefined;
  for (let more = true; more; ) {
    const due = await run(() => list(last, dueAtOnce));
    for (const one of due) {
      try {
        await run(() => deal(one));
      } catch (error) {
        failures.push(error);
      }
    }
    last = due.at(-1);
    more = due.length === dueAtOnce;
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} ${amiss}`);
  }
}
