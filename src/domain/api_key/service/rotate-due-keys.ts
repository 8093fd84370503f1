import type { StepRunner } from "../../../platform/steps.js";
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
  for (let more = true; more && failures.length === 0; ) {
    const due = await run(() => waiting.listDue(db, batch));
    for (const one of due) {
      try {
        await run(() => rotateDueKey(dependencies, one));
      } catch (error) {
        failures.push(error);
      }
    }
    more = due.length === batch;
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} keys could not be rotated`);
  }
}
