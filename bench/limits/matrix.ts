/**
 * Whether limits are exact: instances × limits × offered loads × how the load is spread over the instances. Calls are
 * attributed to the minute that their answer names. All keys of one number of instances share one minute.
 */
import { benchDatabase } from "../lib/database.js";
import { machineFacts, met, table } from "../lib/report.js";
import { RpcClient } from "../lib/rpc-client.js";
import { type ServiceProcess, startService } from "../lib/service-process.js";
import { makeKeys } from "./limited-keys.js";
import { type MinuteCount, type OfferedCall, offer, roomInMinute, spreadTimes } from "./offer.js";

const instanceCounts = (process.env["BENCH_INSTANCES"] ?? "1,3,5,9").split(",").map(Number);
const limits = (process.env["BENCH_LIMITS"] ?? "10,100,1000,10000").split(",").map(Number);
const loads = (process.env["BENCH_LOADS"] ?? "0.9,1,1.2,2").split(",").map(Number);
const spreads = ["even", "one-sided"] as const;
/** Of more than one minute, their ends are crossed, and loads are those of a minute. */
const minutes = Number(process.env["BENCH_MINUTES"] ?? 1);
const durationMs = 50_000 + (minutes - 1) * 60_000;
/** Of each instance: all of them together fit in what Postgres allows. */
const poolSize = 8;
/** Of the lesser of what is offered and what is allowed, rounded down. */
const leastAdmitted = 0.99;

interface Cell {
  readonly instances: number;
  readonly limit: number;
  readonly spread: (typeof spreads)[number];
  readonly load: number;
  readonly key: string;
}

interface Outcome extends Cell {
  readonly minutes: readonly MinuteCount[];
}

const outcomes: Outcome[] = [];
await using database = await benchDatabase();
await using first = await startService(database.url, { poolSize });
await using others = new AsyncDisposableStack();
const services: ServiceProcess[] = [first];
for (const instances of instanceCounts) {
  while (services.length < instances) {
    services.push(others.use(await startService(database.url, { keys: first, poolSize })));
  }
  const cells = await newCells(instances);
  const rpcs = services.slice(0, instances).map((service) => new RpcClient(service));
  // What the cells are about is how they are counted, not how they are looked up.
  const warm = { requests: cells.map(({ key }) => ({ key, cost: 0 })) };
  await Promise.all(rpcs.map((rpc) => rpc.call("VerificationService/BatchVerifyApiKeys", warm)));
  await roomInMinute(55_000);
  const counts = await offer(cells.flatMap((cell) => callsOf(cell, rpcs)));
  outcomes.push(...cells.map((cell) => ({ ...cell, minutes: counts.filter(({ key }) => key === cell.key) })));
  for (const rpc of rpcs) {
    rpc.close();
  }
}

const over = outcomes.filter(({ limit, minutes }) => minutes.some(({ admitted }) => admitted > limit));
const under = outcomes.filter(({ limit, minutes }) =>
  minutes.some(({ offered, admitted }) => admitted < Math.floor(leastAdmitted * Math.min(offered, limit))),
);
const rows = instanceCounts.flatMap((instances) =>
  limits.flatMap((limit) =>
    spreads.map((spread) => [
      String(instances),
      String(limit),
      spread,
      ...loads.map((load) =>
        outcomes
          .filter((it) => it.instances === instances && it.limit === limit && it.spread === spread && it.load === load)
          .flatMap(({ minutes }) => minutes.map(({ admitted, offered }) => `${admitted} of ${offered}`))
          .join(", "),
      ),
    ]),
  ),
);
process.stdout.write(`${machineFacts(database.server)}
admitted of offered calls within ${durationMs / 1000} seconds, by the minute that the answers name

${table(["instances", "limit a minute", "spread", ...loads.map((load) => `${load} of the limit`)], rows)}

${met(over.length === 0)}  never above the limit: ${outcomes.length - over.length} of ${outcomes.length}
${met(under.length === 0)}  at least 99 % of what could be admitted: ${outcomes.length - under.length} of ${outcomes.length}
`);

async function newCells(instances: number): Promise<readonly Cell[]> {
  const perLimit = spreads.length * loads.length;
  const groups = await makeKeys(
    database.url,
    first.masterKey,
    limits.map((perMinute) => ({ perMinute, keys: perLimit })),
  );
  return limits.flatMap((limit, i) =>
    spreads.flatMap((spread, j) =>
      loads.map((load, k) => ({ instances, limit, spread, load, key: groups[i]?.[j * loads.length + k] ?? "" })),
    ),
  );
}

/** One-sided: all on one instance. */
function callsOf({ limit, load, spread, key }: Cell, rpcs: readonly RpcClient[]): readonly OfferedCall[] {
  const [one] = rpcs;
  return spreadTimes(Math.round((limit * load * durationMs) / (minutes === 1 ? 50_000 : 60_000)), durationMs).flatMap(
    (atMs, i) => {
      const to = spread === "even" ? rpcs[i % rpcs.length] : one;
      return to === undefined ? [] : [{ atMs, to, key }];
    },
  );
}
