/**
 * How often what is told of odd use is right, and how much odd use it misses: on simulated traffic (traffic.ts), by the real statements and
 * rules on a database whose clock is set to each hour; and what it takes in memory.
 */
import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { stopClockAt } from "../../test/support/clock.js";
import { benchDatabase } from "../lib/database.js";
import {
  commandLineCaller,
  createLogger,
  createServices,
  MasterKey,
  newSecret,
  oddUseRepo,
  openDatabase,
  usageRepo,
} from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { machineFacts, met, table } from "../lib/report.js";
import { insertKeys } from "../verify/keys.js";
import { bytesOfKeys, rowsOfMillion } from "./memory.js";
import {
  type AttackKind,
  type HourOfUse,
  learningHours,
  type SimulatedKey,
  simulatedKey,
  totalHours,
} from "./traffic.js";

const quick = process.env["BENCH_QUICK"] === "1";
const keyCount = Number(process.env["BENCH_KEYS"] ?? (quick ? 60 : 200));
/** Of an hour that is judged: the rules see it grow. */
const parts = 3;
const hourMs = 3_600_000;
const start = Date.UTC(2030, 0, 7);

/** By which attacks each signal is to be raised. */
const signals: readonly (readonly [name: string, number: number, wanted: readonly AttackKind[]])[] = [
  ["revoked_key_used", 1, ["revoked"]],
  ["scope_refusals", 2, ["probing"]],
  ["new_network", 3, ["theft", "scraping", "probing"]],
  ["volume", 4, ["scraping"]],
  ["many_networks", 5, ["botnet"]],
];
const codes = [
  ["valid", 1],
  ["revoked", 3],
  ["scopeRefusals", 6],
] as const;

await using database = await benchDatabase();
const logger = createLogger("warn");
const db = await openDatabase(database.url, { poolSize: 5, logger });
const services = await createServices({ db, masterKey: new MasterKey(randomBytes(32)), environmentKey: undefined });
const project = await services.projects.create(commandLineCaller, uncappedProject);
await insertKeys(
  db,
  project.id,
  Array.from({ length: keyCount }, () => newSecret("sk-")),
);
const { rows: ids } = await sql<{ id: bigint }>`
  select id from altalune_project_api_keys where project_id = ${project.id} order by id
`.execute(db);
const keys = ids.map(({ id }, place) => ({ id, simulated: simulatedKey(place, keyCount) }));

let sequence = 0n;
for (let hour = 0; hour < totalHours; hour++) {
  const used = keys.map(({ id, simulated }) => ({ id, use: simulated.use(hour) }));
  await revoke(hour);
  const steps = hour < learningHours ? 1 : parts;
  for (let step = 0; step < steps; step++) {
    await stopClockAt(db, new Date(start + hour * hourMs + ((step + 1) / (steps + 1)) * hourMs));
    await write(hour, used, step, steps);
    await services.oddUse.look();
  }
}
const told = await tellings();
const judged = keys.filter(({ simulated }) => simulated.attack !== undefined).length;

const rows = signals.map(([name, number, wanted]) => {
  const raised = told.filter(({ kind }) => kind === number);
  const right = raised.filter(({ simulated, hour }) => isAttacked(simulated, hour));
  const attacked = keys.filter(({ simulated: { attack } }) => attack !== undefined && wanted.includes(attack.kind));
  const found = attacked.filter(({ id, simulated }) =>
    raised.some((one) => one.id === id && isAttacked(simulated, one.hour)),
  );
  const weeks = (keyCount * (totalHours - learningHours)) / (7 * 24);
  return {
    name,
    precision: right.length / raised.length,
    recall: found.length / attacked.length,
    raised: raised.length,
    found: `${found.length} of ${attacked.length}`,
    wrong: ((raised.length - right.length) / weeks) * 1_000,
  };
});
const fullKey = bytesOfKeys(30_000, 12, 14);
const smallKey = bytesOfKeys(100_000, 1, 2);
const rowsLeft = rowsOfMillion();
process.stdout.write(`${machineFacts(database.server)}
${keyCount} keys, 5 weeks in which nothing is judged and 2 that are; ${judged} keys are attacked

${table(
  ["signal", "precision", "recall", "raised", "attacks found", "wrong in a week, of 1,000 keys"],
  rows.map(({ name, precision, recall, raised, found, wrong }) => [
    name,
    precision.toFixed(2),
    recall.toFixed(2),
    String(raised),
    found,
    wrong.toFixed(1),
  ]),
)}

| memory a key, until it is written | |
|---|---|
| used from as many networks and agents as are told apart, and more | ${Math.round(fullKey)} bytes |
| used from one network by one agent | ${Math.round(smallKey)} bytes |
| rows of a key that is used from a million networks, by a million agents | ${rowsLeft} |

${met(fullKey <= 512)}  at most 512 bytes a key
`);
await db.destroy();

function isAttacked({ attack }: SimulatedKey, hour: number): boolean {
  return attack !== undefined && hour >= attack.from && hour <= attack.until;
}

/** What was told in the weeks that are judged. */
async function tellings() {
  const byId = new Map(keys.map(({ id, simulated }) => [id, simulated]));
  const { rows: all } = await sql<{ api_key_id: bigint; kind: number; hour: Date }>`
    select api_key_id, kind, hour from altalune_odd_use_signals where project_id = ${project.id}
  `.execute(db);
  return all.flatMap(({ api_key_id: id, kind, hour: at }) => {
    const simulated = byId.get(id);
    const hour = (at.getTime() - start) / hourMs;
    return simulated === undefined || hour < learningHours ? [] : [{ id, kind, hour, simulated }];
  });
}

async function revoke(hour: number): Promise<void> {
  for (const { id, simulated } of keys) {
    if (simulated.revocation?.hour === hour) {
      const reason = simulated.revocation.reason === "superseded" ? 2 : 1;
      await sql`
        update altalune_project_api_keys set revoked_at = ${new Date(start + hour * hourMs)}, revocation_reason = ${reason}
        where project_id = ${project.id} and id = ${id}
      `.execute(db);
    }
  }
}

/** Writes a part of an hour, as an instance does. */
async function write(
  hour: number,
  used: readonly { readonly id: bigint; readonly use: HourOfUse }[],
  step: number,
  steps: number,
): Promise<void> {
  const part = (all: number) => Math.floor((all * (step + 1)) / steps) - Math.floor((all * step) / steps);
  const counts = used.flatMap(({ id, use }) =>
    codes.map(([name, code]) => ({ id, code, count: part(use[name]) })).filter(({ count }) => count > 0),
  );
  const sources = used.flatMap(({ id, use }) =>
    [...use.networks].map(([value, count]) => ({ id, value, count: part(count) })).filter(({ count }) => count > 0),
  );
  if (counts.length > 0) {
    await usageRepo.add(db, "bench", {
      sequence: ++sequence,
      hour: new Date(start + hour * hourMs),
      projectIds: counts.map(() => project.id),
      apiKeyIds: counts.map(({ id }) => id),
      codes: counts.map(({ code }) => code),
      verifications: counts.map(({ count }) => count),
      lastUsedMs: counts.map(() => 0),
    });
  }
  if (sources.length > 0) {
    await db.transaction().execute((tx) =>
      oddUseRepo.addSources(tx, {
        projectIds: sources.map(() => project.id),
        apiKeyIds: sources.map(({ id }) => id),
        kinds: sources.map(() => 1),
        values: sources.map(({ value }) => value),
        verifications: sources.map(({ count }) => count),
      }),
    );
  }
}
