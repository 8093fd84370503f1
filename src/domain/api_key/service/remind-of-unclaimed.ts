import { eachDue, type StepRunner } from "../../../platform/steps.js";
import { systemCaller } from "../../caller.js";
import type { ValueToRemindOf } from "../interface.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { auditActionOf } from "./trail.js";

/**
 * Writes down, each once, the values that have waited for long and that nobody has claimed: whoever is told of the trail, by mail or
 * webhook, is reminded of them so.
 *
 * @throws AggregateError of those of which it could not
 */
export async function remindOfUnclaimed(dependencies: ApiKeyServiceDependencies, run: StepRunner): Promise<void> {
  const { db, waiting } = dependencies;
  await eachDue(
    run,
    (last: ValueToRemindOf | undefined, limit) => waiting.listToRemindOf(db, last, limit),
    (value) => remindOf(dependencies, value),
    "values could not be told to be unclaimed",
  );
}

async function remindOf({ db, waiting, audit }: ApiKeyServiceDependencies, value: ValueToRemindOf): Promise<void> {
  const { project, publicId, displayPrefix, previousExpiresAt } = value;
  await db.transaction().execute(async (tx) => {
    if (await waiting.takeToRemindOf(tx, value)) {
      await audit.record(tx, systemCaller, project, auditActionOf(project, "unclaimed"), publicId, {
        key_prefix: displayPrefix,
        in_force: previousExpiresAt === undefined ? "once claimed" : "already",
        previous_value_until: previousExpiresAt?.toISOString(),
      });
    }
  });
}
