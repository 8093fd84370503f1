import type { StepRunner } from "../../../platform/steps.js";

/** How many are looked for at once. */
const batch = 100;

/**
 * Deals with all that is due, one after the other. What cannot be dealt with keeps none of the others waiting: it is tried again the next time.
 *
 * @param list some, longest due first, from behind one of them on
 * @param amiss what became of those that failed
 * @throws AggregateError of those
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
    const due = await run(() => list(last, batch));
    for (const one of due) {
      try {
        await run(() => deal(one));
      } catch (error) {
        failures.push(error);
      }
    }
    last = due.at(-1);
    more = due.length === batch;
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} ${amiss}`);
  }
}
