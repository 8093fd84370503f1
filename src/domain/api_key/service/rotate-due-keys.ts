import type { StepRunner } from "../../../platform/steps.js";
import type { DueKey } from "../interface.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { rotateDueKey } from "./rotate-due-key.js";

/** How many are looked for at once. */
const batch = 100;

/**
 * Rotates the keys for which it is time, one after the other. One that cannot be rotated keeps none of the others waiting: it is
 * tried again the next time.
 *
 * @throws AggregateError of those that could not
 */
export async function rotateDueKeys(dependencies: ApiKeyServiceDependencies, run: StepRunner): Promise<void> {
  const { db, waiting } = dependencies;
  const failures: unknown[] = [];
  let last: DueKey | undefined;
  for (let more = true; more; ) {
    const due = await run(() => waiting.listDue(db, last, batch));
    for (const one of due) {
      try {
        await run(() => rotateDueKey(dependencies, one));
      } catch (error) {
        failures.push(error);
      }
    }
    last = due.at(-1);
    more = due.length === batch;
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} keys could not be rotated`);
  }
}
