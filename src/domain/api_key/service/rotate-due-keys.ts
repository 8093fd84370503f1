import { eachDue, type StepRunner } from "../../../platform/steps.js";
import type { DueKey } from "../interface.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { rotateDueKey } from "./rotate-due-key.js";

/**
 * Rotates the keys for which it is time.
 *
 * @throws AggregateError of those that could not be
 */
export async function rotateDueKeys(dependencies: ApiKeyServiceDependencies, run: StepRunner): Promise<void> {
  const { db, waiting } = dependencies;
  await eachDue(
    run,
    (last: DueKey | undefined, limit) => waiting.listDue(db, last, limit),
    (due) => rotateDueKey(dependencies, due),
    "keys could not be rotated",
  );
}
