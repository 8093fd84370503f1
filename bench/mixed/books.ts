import type pg from "pg";
import { commandLineCaller } from "../lib/product.js";
import { withServices } from "../lib/with-services.js";
import type { Tally } from "./tally.js";

/** As the contract numbers them, and usage stores them; what is no key is nobody's usage. */
const numbers: Readonly<Record<number, string>> = {
  1: "VERIFICATION_CODE_VALID",
  3: "VERIFICATION_CODE_REVOKED",
  5: "VERIFICATION_CODE_EXPIRED",
  6: "VERIFICATION_CODE_INSUFFICIENT_SCOPE",
  7: "VERIFICATION_CODE_RATE_LIMITED",
};

/** Once all instances have stopped: usage is to hold every verdict once. */
export async function checkUsage(client: pg.Client, tally: Tally): Promise<number> {
  const { rows } = await client.query<{ code: number; count: string }>(
    "select code, sum(verifications) as count from altalune_api_key_usage group by code",
  );
  const { rows: journal } = await client.query("select from altalune_usage_journal");
  if (journal.length > 0) {
    tally.fault("usage: left in the journal after a clean stop", `${journal.length} entries`);
  }
  const counted = new Map(rows.map(({ code, count }) => [numbers[code], Number(count)]));
  let verdicts = 0;
  for (const code of Object.values(numbers)) {
    const [own, given] = [counted.get(code) ?? 0, tally.verdicts.get(code) ?? 0];
    verdicts += own;
    if (own !== given) {
      tally.fault(`usage: not what was answered, ${code}`, `${own} counted, ${given} answered`);
    }
  }
  return verdicts;
}

/** Every project's trail is to hold. @returns how many events they have */
export async function checkTrails(databaseUrl: string, masterKey: string, ids: readonly string[], tally: Tally) {
  return withServices({ databaseUrl, masterKey }, async ({ projects, audit }) => {
    let events = 0;
    for (const publicId of ids) {
      const project = await projects.reach(commandLineCaller, publicId);
      const walk = await audit.verify(project, { fromSequence: 0n, toSequence: 0n }, undefined);
      events += Number(walk.eventsChecked);
      if (!walk.intact) {
        tally.fault("trail: does not hold", `${project.name} at ${walk.firstBrokenSequence}`);
      }
    }
    return events;
  });
}
