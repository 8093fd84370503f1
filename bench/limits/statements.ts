import { met, table } from "../lib/report.js";
import { RpcClient } from "../lib/rpc-client.js";
import type { ServiceProcess } from "../lib/service-process.js";
import { makeKeys } from "./limited-keys.js";
import { offer, roomInMinute, spreadTimes } from "./offer.js";

const durationMs = 4_000;

interface StatementCount {
  readonly perMinute: number;
  readonly calls: number;
  readonly admitted: number;
  readonly statementsPerThousand: number;
}

const risingLimits = [100, 1_000, 10_000, 40_000];

/** How many statements a limited key takes as its limit grows. */
export async function statementsReport(databaseUrl: string, service: ServiceProcess): Promise<string> {
  const groups = await makeKeys(
    databaseUrl,
    service.masterKey,
    risingLimits.map((perMinute) => ({ perMinute, keys: 1 })),
  );
  const counts: StatementCount[] = [];
  for (const [i, perMinute] of risingLimits.entries()) {
    counts.push(await countStatements(service, groups[i]?.[0] ?? "", perMinute));
  }
  const falls = counts.every(
    ({ statementsPerThousand }, i) =>
      statementsPerThousand <= (counts[i - 1]?.statementsPerThousand ?? Number.POSITIVE_INFINITY),
  );
  return `${table(
    ["limit a minute", "calls", "admitted", "statements per 1,000 calls"],
    counts.map(({ perMinute, calls, admitted, statementsPerThousand }) => [
      String(perMinute),
      String(calls),
      String(admitted),
      statementsPerThousand.toFixed(1),
    ]),
  )}

${met(falls)}  statements per 1,000 calls fall as the limit grows
`;
}

/** How many statements a key takes that is asked for half of its limit within a few seconds of one minute. */
async function countStatements(service: ServiceProcess, key: string, perMinute: number): Promise<StatementCount> {
  const rpc = new RpcClient(service);
  try {
    await roomInMinute(2 * durationMs);
    const before = await refillsOf(service);
    const calls = spreadTimes(Math.floor(perMinute / 2), durationMs).map((atMs) => ({ atMs, to: rpc, key }));
    const counts = await offer(calls);
    const statements = (await refillsOf(service)) - before;
    return {
      perMinute,
      calls: calls.length,
      admitted: counts.reduce((sum, { admitted }) => sum + admitted, 0),
      statementsPerThousand: (statements * 1_000) / calls.length,
    };
  } finally {
    rpc.close();
  }
}

async function refillsOf({ url }: ServiceProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^altalune_limit_refills_total (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
